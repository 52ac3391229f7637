"""The rows of a CSV with the standard library's csv, in bounded memory whatever comes."""

import csv
from collections.abc import Iterator, Mapping

from calotype_core.domain.sheets.lines import Lines, LongRowError
from calotype_core.domain.sheets.problems import SheetProblem, TooManyColumnsError
from calotype_core.domain.sheets.scanner import MOST_CELLS, Scanner

_LONGEST_ROW = 2**20  # characters; a spreadsheet's longest cell fits in often
_NO_FLAWS: Mapping[int, str] = {}


class Records:
    """An iterator over rows: each is its cells; an empty line has none.

    Of the row that was given last, number is what a spreadsheet shows beside it, and flaws what is
    wrong with its cells, by index. The csv module has a row whole or not at all: what it refuses,
    or would grow with, is read by the scanner instead, from the row's beginning.
    """

    def __init__(
        self, text: Iterator[str], delimiter: str, *, longest_cell: int, unnumbered: int = 0
    ) -> None:
        self._longest_cell = longest_cell
        self._longest_row = max(_LONGEST_ROW, 2 * longest_cell)
        self._delimiter = delimiter
        self._lines = Lines(text, self._longest_row)
        # Strict, so that it says where a quote is wrong.
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self.number = -unnumbered
        self.flaws = _NO_FLAWS
        self._was_scanned = False

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._lines.begin()
        self.number += 1
        self.flaws, self._was_scanned = _NO_FLAWS, False
        try:
            cells = next(self._reader)
        except (csv.Error, LongRowError):
            cells = self._scanned()
        if len(cells) > MOST_CELLS:
            issue = (
                f"row {self.number} has more than {MOST_CELLS:,} cells, which no spreadsheet has"
            )
            raise TooManyColumnsError(issue, SheetProblem(row=self.number, column="", issue=issue))
        return cells

    @property
    def may_be_long(self) -> bool:
        """Whether a cell of this row may have more characters than the longest may."""
        return self._was_scanned or self._lines.size > self._longest_cell

    @property
    def may_be_odd(self) -> bool:
        """Whether this row may have NULs or bytes that are no text."""
        return self._lines.is_odd

    @property
    def ending(self) -> str:
        """How the row's line ends; nothing at the end of the file."""
        last = self._lines.last
        return last[len(last.rstrip("\r\n")) :]

    def _scanned(self) -> list[str]:
        scanner = Scanner(
            self._delimiter, longest_cell=self._longest_cell, longest_row=self._longest_row
        )
        scanner.read(self._lines)
        self.flaws = scanner.flaws
        self._was_scanned = True
        return scanner.cells
