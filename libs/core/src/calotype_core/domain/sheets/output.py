"""A job's results as CSV: the spreadsheet that came in with two more columns, or a list.

Every cell is made harmless (see formulas). A character of ours that the sheet's encoding does not
have is written as ?, which only the words of an error can need: our URLs are ASCII.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from calotype_core.domain.image import Failure
from calotype_core.domain.sheets import cell_urls
from calotype_core.domain.sheets.encodings import Encoding
from calotype_core.domain.sheets.formulas import harmless
from calotype_core.domain.sheets.problems import SheetProblem
from calotype_core.domain.sheets.rows import Row
from calotype_core.domain.sheets.rules import Column, normalized
from calotype_core.domain.sheets.sheet import Sheet

OUTPUT = "Output Image URLs"
ERRORS = "Errors"
_LONGEST_MESSAGE = 500  # characters
_LONGEST_CELL = 32_767  # more than that no spreadsheet shows


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one image: a URL of ours, a failure, or neither while it runs."""

    url: str | None = None
    failure: Failure | None = None


RUNNING = Outcome()


class OutputWriter:
    """Writes the sheet again: its rows and columns in their order, as it was written.

    Output Image URLs has each image's URL at the place of its input. Where one failed, its own
    link is there, or nothing unless keep_failed; while one runs, nothing. Errors names the places,
    which count from 1. Where the sheet has such columns, they are written anew.
    """

    def __init__(self, sheet: Sheet, *, keep_failed: bool = True) -> None:
        self._keep_failed = keep_failed
        self._lines = _Lines(sheet)
        self._columns = _Columns(sheet.header, (OUTPUT, ERRORS))

    def header(self) -> bytes:
        """Return what the file begins with, up to the first row."""
        return self._lines.beginning() + self._lines.line(self._columns.header())

    def row(self, row: Row, outcomes: Sequence[Outcome]) -> bytes:
        """Return the row's line. Outcomes are in the order of its urls; a missing one runs."""
        if row.is_blank:
            return self._lines.line(row.cells)
        known = [*outcomes, *repeat(RUNNING, len(row.urls) - len(outcomes))]
        told = [self._shown(*pair) for pair in zip(row.urls, known, strict=True)]
        ours = self._lines.joined(row, told), _errors(known, row.problems)
        return self._lines.line(self._columns.row(row.cells, self._lines.fit(ours)))

    def _shown(self, url: str, outcome: Outcome) -> str:
        if outcome.url is not None:
            return outcome.url
        return url if outcome.failure is not None and self._keep_failed else ""


class FailedWriter:
    """Writes the rows that have failed images, with their URLs only: it can be uploaded again.

    The columns are the sheet's and Errors. A row that was left out for its problems is not there:
    it is to be mended first.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._images = sheet.columns[Column.IMAGES]
        self._lines = _Lines(sheet)
        self._columns = _Columns(sheet.header, (ERRORS,))

    def header(self) -> bytes:
        """Return what the file begins with, up to the first row."""
        return self._lines.beginning() + self._lines.line(self._columns.header())

    def row(self, row: Row, outcomes: Sequence[Outcome]) -> bytes:
        """Return the row's line, or nothing where no image of it failed."""
        failed = [at for at, one in enumerate(outcomes) if one.failure is not None]
        if not failed:
            return b""
        cells = list(row.cells)
        cells[self._images] = self._lines.joined(row, [row.urls[at] for at in failed], failed)
        errors = _errors([outcomes[at] for at in failed], ())
        return self._lines.line(self._columns.row(cells, self._lines.fit([errors])))


class ListWriter:
    """Writes the results of a job that came in as no spreadsheet: a line an image.

    In UTF-8 with a byte order mark, which is what every spreadsheet understands.
    """

    _ENCODING = Encoding(name="utf-8", bom=True)

    def __init__(self, *, keep_failed: bool = True) -> None:
        self._keep_failed = keep_failed

    def header(self) -> bytes:
        """Return what the file begins with, up to the first row."""
        return self._ENCODING.mark + self._line(("Name", "Image URL", OUTPUT, ERRORS))

    def row(self, name: str | None, url: str | None, outcome: Outcome) -> bytes:
        """Return an image's line: the name and the URL that it came in with, where it had them."""
        kept = url if outcome.failure is not None and self._keep_failed else None
        failure = _described(outcome.failure) if outcome.failure else ""
        return self._line((name or "", url or "", outcome.url or kept or "", failure))

    def _line(self, cells: Iterable[str]) -> bytes:
        return self._ENCODING.encoded(_csv_line([self._ENCODING.writable(one) for one in cells]))


class _Lines:
    """Lines in the dialect and encoding of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._images = sheet.columns[Column.IMAGES]

    def beginning(self) -> bytes:
        """Return what stands before the header."""
        sheet = self._sheet
        separator = f"sep={sheet.delimiter}{sheet.line_end}" if sheet.has_separator_line else ""
        blank = sheet.line_end * (sheet.header_row - 1)
        return sheet.encoding.mark + sheet.encoding.encoded(separator + blank)

    def line(self, cells: Iterable[str]) -> bytes:
        """Return a row's line."""
        sheet = self._sheet
        return sheet.encoding.encoded(_csv_line(cells, sheet.delimiter, sheet.line_end))

    def fit(self, cells: Iterable[str]) -> list[str]:
        """Return cells of ours such that the encoding can write them."""
        return [self._sheet.encoding.writable(cell) for cell in cells]

    def joined(self, row: Row, urls: Sequence[str], places: Sequence[int] = ()) -> str:
        """Return URLs parted as those of the row are, or as those at the places of them are."""
        separators = cell_urls.separators_in(row.cells[self._images]) if len(urls) > 1 else []
        return cell_urls.joined(urls, [separators[at - 1] for at in places[1:]] or separators)


class _Columns:
    """Where our columns are: those that the header has already, else behind its last one."""

    def __init__(self, header: Sequence[str], ours: Sequence[str]) -> None:
        self._header = header
        self._ours = ours
        known = [normalized(name) for name in header]
        places = [normalized(name) for name in ours]
        self._places = [known.index(one) if one in known else None for one in places]

    def header(self) -> list[str]:
        """Return the names of all columns."""
        return self.row(self._header, self._ours)

    def row(self, cells: Sequence[str], ours: Sequence[str]) -> list[str]:
        """Return a row with our cells; what it has beyond the header comes after them, if it is
        anything.
        """  # noqa: D205 - one sentence
        width = len(self._header)
        row = [*cells[:width], *([""] * (width - len(cells)))]
        for place, cell in zip(self._places, ours, strict=True):
            if place is None:
                row.append(cell)
            else:
                row[place] = cell
        return row + (list(cells[width:]) if any(cells[width:]) else [])


class _Echo:
    """A file that gives back what is written to it, as the csv module's writer does in turn."""

    def write(self, text: str) -> str:
        return text


_DIALECTS = {
    delimiter: csv.writer(_Echo(), delimiter=delimiter, lineterminator="\r\n")
    for delimiter in ",;\t|"
}


def _csv_line(cells: Iterable[str], delimiter: str = ",", line_end: str = "\r\n") -> str:
    # The writer quotes a lone \r or \n only where its own line end has that, so it has both.
    line: str = _DIALECTS[delimiter].writerow([harmless(cell) for cell in cells])
    return line[:-2] + line_end


def _errors(outcomes: Sequence[Outcome], problems: Sequence[SheetProblem]) -> str:
    told = [
        f"{place}: {_described(outcome.failure)}"
        for place, outcome in enumerate(outcomes, start=1)
        if outcome.failure is not None
    ]
    return _cut("; ".join(told or map(str, problems)), _LONGEST_CELL)


def _described(failure: Failure) -> str:
    return _cut(" ".join(f"{failure.code} {failure.message}".split()), _LONGEST_MESSAGE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
