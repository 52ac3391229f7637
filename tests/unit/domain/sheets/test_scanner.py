"""What the csv module refuses is read all the same, and as it would read where it is lenient."""

import csv
from collections.abc import Sequence
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.sheets.lines import Lines
from calotype_core.domain.sheets.problems import TooManyColumnsError
from calotype_core.domain.sheets.records import Records
from calotype_core.domain.sheets.scanner import Scanner
from tests.unit.domain.sheets.spelling import pieces

texts = st.text(st.sampled_from('",a\r\n\0'), max_size=40)
sizes = st.lists(st.integers(1, 5), max_size=4)
MANY = 1_000


def chunks(text: str, sizes: Sequence[int]) -> list[str]:
    return [piece.decode() for piece in pieces(text.encode(), sizes)]


def lenient(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@given(texts, sizes)
def test_any_text_is_read_as_the_csv_module_does(text: str, sizes: list[int]) -> None:
    """Whatever the quotes, the cells are those that the lenient csv module has."""
    records = Records(iter(chunks(text, sizes)), ",", longest_cell=MANY)
    assert list(records) == lenient(text)


@given(texts.filter(lambda text: text[:1] not in {"", "\r", "\n"}), sizes)
def test_the_scanner_reads_as_the_csv_module_does(text: str, sizes: list[int]) -> None:
    """A row by the scanner is the row by the csv module, lines in several pieces or not."""
    lines = Lines(iter(chunks(text, sizes)), longest_row=2)
    scanner = Scanner(",", longest_cell=MANY, longest_row=MANY)
    scanner.read(lines)
    assert scanner.cells == lenient(text)[0]


@given(texts, sizes, st.integers(0, 3))
def test_long_cells_are_cut_and_no_other(text: str, sizes: list[int], longest: int) -> None:
    """A row beyond the bound has each cell, cut to one character more than the longest may have."""
    lines = Lines(iter(chunks(text, sizes)), longest_row=2)
    found = []
    for row in lenient(text):
        if not row:
            break
        scanner = Scanner(",", longest_cell=longest, longest_row=MANY)
        scanner.read(lines)
        found.append(scanner.cells)
        assert scanner.cells == [cell[: longest + 1] for cell in row]


@pytest.mark.parametrize(
    ("text", "flaws"),
    [
        ('a,"b', {1: "a quote opens here and is never closed, so all that follows is in the cell"}),
        ('a,"b\n1,"c",d\n', {1: "a quote opens here and is not closed before the next one"}),
        ('a,"b"c,d\n', {}),  # as hand-written files have it
        ('a, "b",d\n', {}),
        ('5" disk,b\n', {}),
    ],
)
def test_a_lost_border_is_told(text: str, flaws: dict[int, str]) -> None:
    """A quote that swallows lines is told at the cell where it opened; a stray one is no matter."""
    records = Records(iter([text]), ",", longest_cell=MANY)
    next(records)
    assert records.flaws == flaws


def test_a_lost_border_is_of_its_row() -> None:
    """The row after one with a lost border is right again, and has its own number."""
    records = Records(iter(['a,"b\n1,"c",d\n2,e\n']), ",", longest_cell=MANY)
    assert [(records.number, dict(records.flaws)) for _ in records][1] == (2, {})


def test_a_row_is_bounded_as_a_whole() -> None:
    """Many cells that are right each are a problem where they are too many characters."""
    lines = Lines(iter(["aaaa,bbbb,cccc\n"]), longest_row=2)
    scanner = Scanner(",", longest_cell=MANY, longest_row=6)
    scanner.read(lines)
    assert scanner.cells == ["aaaa", "bb", ""]
    assert scanner.flaws[1] == "with this cell the row has more than 6 characters"


@pytest.mark.parametrize("cell", ["", '""', "a"])
def test_a_row_without_end_is_read_no_further(cell: str) -> None:
    """A row with more cells than a spreadsheet has stops the reading, whatever is in them."""
    records = Records(iter([f"{cell}," * 400_000]), ",", longest_cell=MANY)
    with pytest.raises(TooManyColumnsError, match="row 1 has more than 16,384 cells"):
        next(records)
