"""Whatever is in the cells, and however it is written: it comes out as it went in."""

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calotype_core.domain import sheets
from calotype_core.domain.image import Failure
from calotype_core.domain.sheets import FailedWriter, Outcome, OutputWriter, Row
from calotype_core.domain.sheets.formulas import harmless
from tests.unit.domain.sheets.spelling import (
    HEADER,
    Spelling,
    Table,
    cells,
    opened,
    pieces,
    rows_of,
    spellings,
)

FAILURE = Failure(code="fetch_timeout", message="The server did not answer.")
WIDTH = len(HEADER) + 1
sizes = st.lists(st.integers(1, 7), max_size=5)
urls = st.lists(
    st.sampled_from(["https://a.example/1.jpg", "https://b.example/w_1,h_2/é.png"]), max_size=3
).map(",".join)


def outcomes(row: Row) -> list[Outcome]:
    return [Outcome(url=f"https://o.example/{place}") for place, _ in enumerate(row.urls)]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Spelling, Table]:
    """Return a table of any cells, with rows of any length, and how it is written."""
    spelling = draw(spellings)
    cell = cells(spelling.encoding)
    row = st.tuples(cell, cell, urls | cell, cell, cell).map(list)
    cut = st.tuples(row, st.integers(1, WIDTH + 1)).map(lambda pair: pair[0][: pair[1]])
    return spelling, [[*HEADER, "Note"], *draw(st.lists(cut, max_size=6))]


def carried(row: Row) -> list[str]:
    """Return what a row has to look like without our two columns."""
    if row.is_blank:
        return [harmless(cell) for cell in row.cells]
    extra = row.cells[WIDTH:] if any(row.cells[WIDTH:]) else ()
    cells = (*row.cells[:WIDTH], *[""] * (WIDTH - len(row.cells)), *extra)
    return [harmless(cell) for cell in cells]


@given(tables())
def test_every_cell_is_read_as_it_was_written(given_table: tuple[Spelling, Table]) -> None:
    """Any text in any cell is read in every encoding, delimiter, line end and way to quote."""
    spelling, table = given_table
    found = rows_of(spelling.written(table), charset=spelling.charset)
    assert [list(row.cells) for row in found if any(row.cells)] == [
        row for row in table[1:] if any(row)
    ]


@given(tables())
def test_the_output_is_the_input_and_two_columns(given_table: tuple[Spelling, Table]) -> None:
    """The output has the same rows in the same dialect, and what became of each image."""
    spelling, table = given_table
    data = spelling.written(table)
    sheet = opened(data, charset=spelling.charset)
    writer, found = OutputWriter(sheet), list(sheets.rows(iter([data]), sheet))
    written = writer.header() + b"".join(writer.row(row, outcomes(row)) for row in found)
    header, *lines = spelling.parsed(written)
    assert header == [*HEADER, "Note", "Output Image URLs", "Errors"]
    for line, row in zip(lines, found, strict=True):
        if not row.is_blank:
            ours, errors = line.pop(WIDTH), line.pop(WIDTH)
            assert re.findall(r"[^\s,;|]+", ours) == [one.url for one in outcomes(row)]
            assert errors == "; ".join(map(str, row.problems))
        assert line == carried(row)


@given(tables(), sizes)
def test_pieces_change_nothing(given_table: tuple[Spelling, Table], sizes: list[int]) -> None:
    """A file is read the same in whatever pieces it arrives."""
    spelling, table = given_table
    data = spelling.written(table)
    whole = opened(data, charset=spelling.charset)
    sheet = sheets.open_sheet(
        lambda: pieces(data, sizes), sheets.SheetRules(), charset=spelling.charset
    )
    assert sheet == whole
    assert list(sheets.rows(pieces(data, sizes), sheet)) == list(sheets.rows(iter([data]), whole))


@settings(max_examples=20)
@given(tables())
def test_a_sheet_is_kept(given_table: tuple[Spelling, Table]) -> None:
    """How a file is read can be written down and read again."""
    spelling, table = given_table
    sheet = opened(spelling.written(table), charset=spelling.charset)
    assert sheets.load(sheets.dump(sheet)) == sheet


CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")


@given(tables())
def test_failed_rows_can_be_uploaded_again(given_table: tuple[Spelling, Table]) -> None:
    """The file of failed rows is a right spreadsheet, with exactly the URLs that failed."""
    spelling, table = given_table
    data = spelling.written(table)
    sheet = opened(data, charset=spelling.charset)
    writer, failed, lines = FailedWriter(sheet), list[str](), [b""]
    for row in sheets.rows(iter([data]), sheet):
        fates = [Outcome(failure=FAILURE), Outcome(url="https://o.example/1")]
        failed += row.urls[::2]
        lines.append(writer.row(row, [fates[at % 2] for at, _ in enumerate(row.urls)]))
    written = writer.header() + b"".join(lines)
    assume(not CONTROLS.search(written))  # what is mostly these is taken for no text at all
    again = rows_of(written, charset=spelling.charset)
    assert [url for row in again for url in row.urls] == failed
    assert [row.problems for row in again if row.problems] == []
