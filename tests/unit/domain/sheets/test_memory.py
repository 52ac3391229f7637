"""No file is too large: what is held of it is bounded, whatever is in it."""

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from calotype_core.domain import sheets
from calotype_core.domain.sheets import Outcome, OutputWriter, SheetRules
from tests.unit.domain.sheets.spelling import csv_of

MEBI = 2**20
BOUND = 10 * MEBI  # for rows of a mebi of characters, at four bytes each
PIECE = 2**16
LINE = b"1,%s,https://a.example/1.jpg\r\n" % (b"a" * 300)


def ordinary(count: int) -> Callable[[], Iterator[bytes]]:
    return lambda: chain([csv_of()], repeat(LINE * 100, count // 100))


def cell_of(filling: bytes, end: bytes) -> Callable[[], Iterator[bytes]]:
    def read() -> Iterator[bytes]:
        yield csv_of("1,a,https://a.example/1.jpg") + b'2,"'[: 3 if end[:1] == b'"' else 2]
        for _ in range(12 * MEBI // PIECE):
            yield filling * (PIECE // len(filling))
        yield end + b",https://a.example/2.jpg\r\n3,c,https://a.example/3.jpg\r\n"

    return read


def peak_of(read: Callable[[], Iterator[bytes]]) -> tuple[int, sheets.Report]:
    tracemalloc.start()
    try:
        sheet = sheets.open_sheet(read, SheetRules())
        report = sheets.check(read(), sheet, SheetRules())
        writer = OutputWriter(sheet)
        for row in sheets.rows(read(), sheet):
            writer.row(row, [Outcome(url="https://o.example/1")] * len(row.urls))
        return tracemalloc.get_traced_memory()[1], report
    finally:
        tracemalloc.stop()


def test_many_rows_are_flat() -> None:
    """Of 6,000 rows no more is held than of 1,000."""
    few, _ = peak_of(ordinary(1_000))
    many, report = peak_of(ordinary(6_000))
    assert (report.rows, report.images, report.problem_count) == (6_000, 6_000, 0)
    assert many < few + MEBI // 10


@pytest.mark.parametrize(
    ("filling", "end"),
    [
        (b"x", b""),
        (b"x", b'"'),
        (b'""', b'"'),
        (b"x" * 14 + b"\r\n", b'"'),
        ("é€".encode() + b",.-", b'"'),
    ],
)
def test_a_huge_cell_is_flat(filling: bytes, end: bytes) -> None:
    """A cell of 12 MB is one problem of its row, and the rows after it are read."""
    peak, report = peak_of(cell_of(filling, end))
    assert [(one.row, one.column) for one in report.problems] == [(3, "Product Name")]
    assert (report.rows, report.images) == (3, 2)
    assert peak < BOUND


def test_a_quote_that_is_never_closed_is_flat() -> None:
    """The rest of a file in one cell is not held either."""
    peak, report = peak_of(lambda: iter([csv_of(), b'1,"', *[(b"x" * 30 + b"\r\n") * 2_000] * 100]))
    assert [(one.row, one.column) for one in report.problems] == [(2, "Product Name")]
    assert "never closed" in report.problems[0].issue
    assert peak < BOUND
