"""Every way to be no sheet, or a bad one: told at its row and column, never by crashing."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain import sheets
from calotype_core.domain.sheets import MOST_PROBLEMS, SheetError, SheetProblem, SheetRules
from tests.photographs import photograph
from tests.unit.domain.sheets.spelling import checked, csv_of, opened, reading

URL = "https://a.example/1.jpg"
GOOD = f"1,a,{URL}"
WORKBOOK = b"PK\x03\x04\x14\0\6\0\x08\0\0\0!\0[Content_Types].xml"


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b"", "empty_sheet", "the file is empty: export it again"),
        (b"\xef\xbb\xbf", "empty_sheet", "blanks only"),
        (b" \r\n\t\n", "empty_sheet", "the file is empty"),
        (b",,\r\n,,\r\n", "empty_sheet", "blanks only: export it again"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_a_sheet", "this is a PDF, no CSV: save it as CSV"),
        (WORKBOOK, "not_a_sheet", "a workbook such as .xlsx, or a ZIP, no CSV: save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_a_sheet", "an old workbook such as .xls"),
        (gzip.compress(csv_of(GOOD), mtime=0), "not_a_sheet", "compressed with gzip"),
        (b"\n<!DOCTYPE html><title>Log in", "not_a_sheet", "a web page, no CSV"),
        (photograph(16, 16), "not_a_sheet", "an image (jpeg), no CSV"),
        (bytes(range(256)) * 4, "not_a_sheet", "this is no text, and so no CSV"),
        (GOOD.encode(), "no_header", "the first row has data"),
        (b"\xef\xbb\xbf" + b"x" * 300_000, "no_header", "more than 256 KiB: it is no header"),
        (b'Serial Number,"Product Name\n1,a', "no_header", "a quote opens here"),
        (b"," * 2_000, "empty_sheet", "blanks only"),
        (b"x," * 1_500, "too_many_columns", "1,501 columns; at most 1,000 are read"),
        (b"x," * 20_000, "too_many_columns", "row 1 has more than 16,384 cells"),
        (csv_of(GOOD, "," * 20_000), "too_many_columns", "row 3 has more than 16,384 cells"),
        (csv_of(), "no_images", "names no image: put URLs into the column"),
        (csv_of("", ",,"), "no_images", "names no image"),
        (csv_of(*[GOOD] * 6), "too_many_rows", "more than 5 rows: part it into several"),
        (csv_of(f"1,a,{URL}|{URL}|{URL}|{URL}"), "too_many_images", "more than 3 images"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused(data: bytes, code: str, message: str) -> None:
    """What can be no job is refused as a whole, with a code and what to do."""
    with pytest.raises(SheetError) as refused:
        checked(data, SheetRules(most_rows=5, most_images=3 if b"|" in data else 100))
    assert refused.value.code == code
    assert message in refused.value.message
    assert refused.value.problems


def test_a_missing_column_is_named() -> None:
    """Each column that is missing is a problem of its own, with what was found instead."""
    with pytest.raises(SheetError) as refused:
        opened(b"S. No.;Product;Bild\r\n1;a;b")
    assert refused.value.code == "missing_column"
    assert [(one.row, one.column) for one in refused.value.problems] == [(1, "Image URLs")]
    assert refused.value.message.startswith(
        "there is no column for the image URLs: expected one of Image URLs, Input Image URLs, "
    )
    assert refused.value.message.endswith('; found "S. No.", "Product", "Bild"')


@pytest.mark.parametrize(
    ("lines", "row", "column", "issue"),
    [
        ([GOOD, "2,b,"], 3, "Image URLs", "the cell is empty: expected an image's URL"),
        (["2,b"], 2, "Image URLs", "the cell is empty: expected an image's URL"),
        (["", "1,a,notaurl"], 3, "Image URLs", "notaurl: this is no URL that can be fetched"),
        (
            [f'1,a,"{URL}, ftp://x"'],
            2,
            "Image URLs",
            "2: ftp://x: this is no URL that can be fetch",
        ),
        (
            ["1,a,https://x/my photo.jpg"],
            2,
            "Image URLs",
            "https://x/my photo.jpg: the URL has spac",
        ),
        (["1,a,https://u:p@x/"], 2, "Image URLs", "https://u:p@x/: the URL has a user name"),
        ([f"1,a,https://x/{'y' * 3000}"], 2, "Image URLs", "y…: the URL has 3010 characters"),
        ([f"1,a,{'|'.join([URL] * 101)}"], 2, "Image URLs", "the cell has 101 URLs; at most 100"),
        ([f"{GOOD},,x"], 2, "E", "the row has 5 cells where the header has 3"),
        ([f"1,a\0b,{URL}"], 2, "Product Name", "the cell has a NUL byte in it"),
        ([f"1,{'a' * 32_768},{URL}"], 2, "Product Name", "more than 32,767 characters"),
        ([f"1,{'a' * 10_000_000},{URL}"], 2, "Product Name", "more than 32,767 characters"),
        ([f'1,"{"a," * 5_000_000}",{URL}'], 2, "Product Name", "more than 32,767 characters"),
        ([GOOD, f'2,"a,{URL}', GOOD], 3, "Product Name", "a quote opens here and is never closed"),
        ([GOOD, f'2,"a,{URL}', f'3,"b",{URL}'], 3, "Product Name", "a quote opens here and is not"),
    ],
)
def test_a_bad_cell_is_told_where_it_is(
    lines: list[str], row: int, column: str, issue: str
) -> None:
    """A problem has the row that the spreadsheet shows, the column's name, and what is wrong."""
    (problem,) = checked(csv_of(*lines)).problems
    assert (problem.row, problem.column) == (row, column)
    assert issue in problem.issue


@pytest.mark.parametrize(
    "lines",
    [
        [f"{GOOD},,"],  # as Excel leaves them
        ["", GOOD, ",,", "  ,", ""],
        [f"1,{'a' * 32_767},{URL}"],
        [f'1,a "quoted" word,{URL}'],
        [f'1,"a" ,{URL}'],
        [f'1,"",  {URL} ;'],
        [f",,{URL}"],
    ],
)
def test_what_is_merely_untidy_is_no_problem(lines: list[str]) -> None:
    """Short rows, blank rows, empty cells at the end and stray quotes are let through."""
    report = checked(csv_of(*lines))
    assert (report.images, report.problems) == (1, ())


def test_all_problems_are_counted_and_the_first_are_told() -> None:
    """Nobody mends them one by one: all are found, the first 1,000 told."""
    lines = [GOOD, *["2,b,x|y,extra"] * 1_000, GOOD]
    report = checked(csv_of(*lines))
    assert (report.rows, report.images, report.rows_left) == (1_002, 2, 1_000)
    assert report.problem_count == 3_000
    assert len(report.problems) == MOST_PROBLEMS == 1_000
    assert [(one.row, one.column) for one in report.problems[:4]] == [
        *[(3, "D"), (3, "Image URLs"), (3, "Image URLs")],
        (4, "D"),
    ]


def test_a_row_with_problems_has_no_images() -> None:
    """Of a row that is left out nothing is fetched, also where some of its URLs are right."""
    data = csv_of(f"1,a,{URL}|nope", GOOD)
    assert [row.urls for row in sheets.rows(iter([data]), opened(data))] == [(), (URL,)]


def test_a_problem_reads_as_a_sentence() -> None:
    """A problem says its column where it has one."""
    assert str(SheetProblem(row=1, column="SKU", issue="bad")) == "SKU: bad"
    assert str(SheetProblem(row=1, column="", issue="bad")) == "bad"


def refusal(data: bytes) -> str | None:
    try:
        checked(data)
    except SheetError as error:
        return f"{error.code}: {error.message}"
    return None


awkward = st.text(st.sampled_from('",;\r\n\0aé='), max_size=99).map(str.encode)


@given(st.binary(max_size=300) | awkward)
def test_no_bytes_crash(data: bytes) -> None:
    """Whatever the file is, it is read or refused as a sheet, before its header and after."""
    assert refusal(data)
    assert not (refusal(csv_of(GOOD) + data) or "").startswith("bad_sheet")


@pytest.mark.parametrize(
    "cell", [" " * 32_000 + "x", ", " * 16_000 + "x", "-" + " 1" * 16_000 + "x"]
)
def test_a_cell_that_is_slow_to_read_is_not(cell: str) -> None:
    """No expression goes over a cell again and again: the worst are read at once."""
    data = csv_of(*[f'"{cell}","{cell}","{cell}"'] * 40)
    sheet = opened(data)
    writer = sheets.OutputWriter(sheet)
    for row in sheets.rows(reading(data)(), sheet):
        assert writer.row(row, [])
