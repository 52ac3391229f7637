import pytest

from calotype_core.domain.image import Failure
from calotype_core.domain.sheets import (
    RUNNING,
    FailedWriter,
    ListWriter,
    Outcome,
    OutputWriter,
    sheet,
)
from tests.unit.domain.sheets.spelling import csv_of, opened, rows_of

A, B, C = (f"https://a.example/{one}.jpg" for one in "abc")
OURS = "https://o.example/image"
TIMEOUT = Failure(code="fetch_timeout", message="The server did not\nanswer within 30 s.")
GONE = Failure(code="fetch_not_found", message="404, try another link.")
DONE = Outcome(url=OURS)
LATE, LOST = Outcome(failure=TIMEOUT), Outcome(failure=GONE)


def output(data: bytes, *outcomes: Outcome, keep_failed: bool = True) -> str:
    """Return the line of the only row."""
    writer = OutputWriter(opened(data), keep_failed=keep_failed)
    (row,) = rows_of(data)
    return writer.row(row, outcomes).decode().removesuffix("\r\n")


def test_a_failed_image_keeps_its_place() -> None:
    """Where an image failed, its own link stands at its place, and Errors says why."""
    data = csv_of(f"1,a,{A}|{B}|{C}")
    assert output(data, DONE, LATE, LOST) == (
        f"1,a,{A}|{B}|{C},{OURS}|{B}|{C},"
        '"2: fetch_timeout The server did not answer within 30 s.; '
        '3: fetch_not_found 404, try another link."'
    )


def test_a_failed_image_leaves_a_gap_where_that_is_wanted() -> None:
    """Where failed links are not kept, their places are empty and still there."""
    data = csv_of(f"1,a,{A} {B} {C}")
    assert output(data, LOST, DONE, LOST, keep_failed=False) == (
        f'1,a,{A} {B} {C},",{OURS},",'
        '"1: fetch_not_found 404, try another link.; 3: fetch_not_found 404, try another link."'
    )


def test_what_still_runs_is_a_gap() -> None:
    """While a job runs, its output has what is finished; nothing is known of what is not."""
    data = csv_of(f"1,a,{A}|{B}|{C}")
    assert output(data, DONE) == f"1,a,{A}|{B}|{C},{OURS}||,"
    assert output(data, RUNNING, DONE, RUNNING) == f"1,a,{A}|{B}|{C},|{OURS}|,"


def test_a_comma_of_a_url_is_no_place() -> None:
    """Each URL's own place is taken, whatever commas it has in it."""
    data = csv_of(f'1,a,"https://a.example/w_1,h_2/a.jpg,{B}"')
    assert output(data, DONE, DONE).endswith(f',"{OURS},{OURS}",')


def test_a_row_that_was_left_says_why() -> None:
    """A row with problems has no images, and its problems are its errors."""
    assert output(csv_of("1,a,nope,,x")) == (
        "1,a,nope,,"
        "E: the row has 5 cells where the header has 3: quote a cell that has the delimiter in it;"
        " Image URLs: nope: this is no URL that can be fetched: expected http:// or https://,,x"
    )


def test_an_output_that_is_uploaded_again_does_not_grow() -> None:
    """Columns of ours that are there already are written anew, at their place."""
    data = csv_of().replace(b"Serial Number", b"errors,Serial Number,output image urls")
    data += f"old,1,older,a,{A}\r\n".encode()
    assert output(data, LOST) == f'"1: fetch_not_found 404, try another link.",1,{A},a,{A}'
    assert OutputWriter(opened(data)).header().decode() == (
        "Errors,Serial Number,Output Image URLs,Product Name,Image URLs\r\n"
    )


def test_a_formula_comes_out_harmless() -> None:
    """No cell of the output is run by a spreadsheet, the header's neither; numbers stay."""
    data = csv_of(f"=1+1,+49 30 1234,{A}").replace(b"Serial Number", b"=A1,Serial Number")
    data = data.replace(b"=1+1", b"-5,@x")
    assert output(data, DONE) == f"-5,'@x,+49 30 1234,{A},{OURS},"
    assert OutputWriter(opened(data)).header().startswith(b"'=A1,")
    problem = csv_of(f"1,a,{A},=x").replace(b"Image URLs", b"Image URLs,=cmd")
    assert output(problem.replace(b"=x", b"a\0")).endswith(",'=cmd: the cell has a NUL byte in it")


def test_a_cell_of_errors_is_no_longer_than_a_cell_can_be() -> None:
    """A hundred long messages are cut to what a spreadsheet shows."""
    data = csv_of(f"1,a,{'|'.join([A] * 100)}")
    failed = Outcome(failure=Failure(code="x", message="y" * 10_000))
    errors = output(data, *[failed] * 100).rpartition(",")[2]
    assert len(errors) == 32_767
    assert errors.endswith("…")


def test_failed_rows_have_their_failed_links_only() -> None:
    """The file of failed rows has what is to be tried again, and why it failed."""
    data = csv_of(f"1,a,{A} | {B} ; {C}", f"2,b,{A}", "", "3,c,nope")
    writer = FailedWriter(opened(data))
    outcomes = [[LATE, DONE, LOST], [DONE], [], []]
    rows = zip(rows_of(data), outcomes, strict=True)
    assert (
        writer.header() + b"".join(writer.row(*pair) for pair in rows)
        == (
            "Serial Number,Product Name,Image URLs,Errors\r\n"
            f'1,a,{A} ; {C},"1: fetch_timeout The server did not answer within 30 s.; '
            '2: fetch_not_found 404, try another link."\r\n'
        ).encode()
    )


def test_a_list_is_written_for_what_was_no_sheet() -> None:
    """A ZIP's or a list's results are a CSV that every spreadsheet opens."""
    writer = ListWriter()
    assert (
        writer.header()
        + writer.row("a/ü.jpg", None, DONE)
        + writer.row(None, B, LOST)
        + writer.row("=1.jpg", C, RUNNING)
    ).decode("utf-8-sig") == (
        "Name,Image URL,Output Image URLs,Errors\r\n"
        f"a/ü.jpg,,{OURS},\r\n"
        f',{B},{B},"fetch_not_found 404, try another link."\r\n'
        f"'=1.jpg,{C},,\r\n"
    )
    assert ListWriter(keep_failed=False).row(None, B, LATE).decode() == (
        f",{B},,fetch_timeout The server did not answer within 30 s.\r\n"
    )


@pytest.mark.parametrize("name", ["a\ud800.jpg", "\0"])
def test_a_list_has_any_name(name: str) -> None:
    """A name out of a ZIP that is no text does not break the list."""
    assert ListWriter().row(name, None, DONE).decode().endswith(f",,{OURS},\r\n")


def test_a_short_row_is_filled_up() -> None:
    """Our columns stand below their names, also where a row ends early."""
    data = csv_of("1").replace(
        b"Serial Number,Product Name,Image URLs", b"Image URLs,SKU,Name,Note"
    )
    assert isinstance(opened(data), sheet.Sheet)
    assert output(data).startswith("1,,,,,Image URLs: 1: this is no URL")
