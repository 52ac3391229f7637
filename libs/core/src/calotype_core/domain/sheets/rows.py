"""A spreadsheet's rows as a stream: their cells, the images that they name, and what is wrong."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from calotype_core.domain.problems import shorten
from calotype_core.domain.sheets import cell_urls
from calotype_core.domain.sheets.problems import SheetProblem
from calotype_core.domain.sheets.records import Records
from calotype_core.domain.sheets.rules import Column, letter
from calotype_core.domain.sheets.sheet import Sheet
from calotype_core.domain.urls import url_issue

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row below the header. number is what a spreadsheet shows beside it: the header's is 1.

    cells are as many as the row has, fewer or more than the header. A row with problems has no
    urls: nothing of it is fetched.
    """

    number: int
    cells: tuple[str, ...]
    urls: tuple[str, ...] = ()
    problems: tuple[SheetProblem, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it: such a row is carried through."""
        return not self.problems and _are_blank(self.cells)


def rows(chunks: Iterator[bytes], sheet: Sheet) -> Iterator[Row]:
    """Yield the rows of the file, one at a time; the same whatever pieces it comes in.

    Raises TooManyColumnsError for a row that no spreadsheet has: a file that passed the check has
    none.
    """
    records = sheet.records(sheet.encoding.decoded(chunks))
    reader = _Reader(sheet, records)
    for cells in records:
        if records.number > sheet.header_row:
            yield reader.row(cells)


def _are_blank(cells: Iterable[str]) -> bool:
    return not any(map(str.strip, cells))


class _Reader:
    def __init__(self, sheet: Sheet, records: Records) -> None:
        self._sheet = sheet
        self._records = records
        self._images = sheet.columns[Column.IMAGES]
        self._width = len(sheet.header)

    def row(self, cells: list[str]) -> Row:
        number = self._records.number
        problems = list(self._cell_problems(cells)) if self._is_doubtful(cells) else []
        if not problems and _are_blank(cells):
            return Row(number, tuple(cells))
        cell = cells[self._images] if self._images < len(cells) else ""
        urls = tuple(cell_urls.urls_in(cell))
        if not self._records.flaws:  # else the cells are not what was meant
            problems += self._url_problems(urls)
        if problems:
            return Row(number, tuple(cells), (), tuple(problems))
        return Row(number, tuple(cells), urls)

    def _is_doubtful(self, cells: list[str]) -> bool:
        records = self._records
        return (
            records.may_be_odd
            or records.may_be_long
            or len(cells) > self._width
            or bool(records.flaws)
        )

    def _cell_problems(self, cells: list[str]) -> Iterator[SheetProblem]:
        for index, cell in enumerate(cells):
            if issue := self._records.flaws.get(index) or self._cell_issue(cell):
                yield self._problem(index, issue)
        extra = next((at for at in range(self._width, len(cells)) if cells[at].strip()), None)
        if extra is not None:
            yield SheetProblem(
                row=self._records.number,
                column=letter(extra),
                issue=f"the row has {len(cells)} cells where the header has {self._width}: quote a"
                " cell that has the delimiter in it",
            )

    def _cell_issue(self, cell: str) -> str | None:
        if len(cell) > self._sheet.longest_cell:
            return f"the cell has more than {self._sheet.longest_cell:,} characters"
        if "\0" in cell:
            return "the cell has a NUL byte in it"
        if self._records.may_be_odd and _SURROGATE.search(cell):
            encoding = self._sheet.encoding
            return f"the cell has bytes that are no {encoding}: save the sheet as CSV UTF-8"
        return None

    def _url_problems(self, urls: tuple[str, ...]) -> Iterator[SheetProblem]:
        if not urls and self._sheet.needs_images:
            yield self._problem(self._images, "the cell is empty: expected an image's URL")
        most = self._sheet.most_urls_in_cell
        if len(urls) > most:
            issue = f"the cell has {len(urls):,} URLs; at most {most:,} are read"
            yield self._problem(self._images, issue)
            return
        for place, url in enumerate(urls, start=1):
            if wrong := url_issue(url):
                which = f"{place}: " if len(urls) > 1 else ""
                yield self._problem(self._images, f"{which}{shorten(url)}: {wrong}")

    def _problem(self, index: int, issue: str) -> SheetProblem:
        return SheetProblem(row=self._records.number, column=self._sheet.column(index), issue=issue)
