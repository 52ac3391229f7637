"""How a spreadsheet is read: found once, then kept with it, whatever the settings are later."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from calotype_core.domain.problems import quote, shorten
from calotype_core.domain.sheets import cell_urls
from calotype_core.domain.sheets.encodings import HEAD_BYTES, Encoding, detect
from calotype_core.domain.sheets.problems import (
    EmptySheetError,
    HeaderError,
    MissingColumnError,
    SheetProblem,
    TooManyColumnsError,
)
from calotype_core.domain.sheets.records import Records
from calotype_core.domain.sheets.rules import Column, SheetRules, letter, normalized, resolve

_DELIMITERS = (",", ";", "\t")
# The line that Excel writes and obeys; it is no row there.
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?(?:\r\n?|\n)', re.IGNORECASE)
_TOLD_COLUMNS = 20


class Layout(StrEnum):
    """Where a product's images are."""

    CELL = "cell"  # one cell has all of them
    ROW = "row"  # a row has one, and its position; further rows may have none


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """How a spreadsheet's file is read and written, and which of its columns are what.

    header_row is the header's number; the rows before it are blank. has_separator_line: it begins
    with sep=. line_end is what ends the header's line.
    """

    encoding: Encoding
    delimiter: str
    line_end: str
    has_separator_line: bool
    header_row: int
    header: tuple[str, ...]
    columns: Mapping[Column, int]
    layout: Layout
    needs_images: bool
    longest_cell: int
    most_urls_in_cell: int

    def column(self, index: int) -> str:
        """Return what a person calls the column at the index: its name, else its letter."""
        name = self.header[index].strip() if index < len(self.header) else ""
        return shorten(name) if name else letter(index)

    def records(self, text: Iterator[str]) -> Records:
        """Return the rows of the sheet's text, the header and what is before it among them."""
        return Records(
            text,
            self.delimiter,
            longest_cell=self.longest_cell,
            unnumbered=int(self.has_separator_line),
        )


def dump(sheet: Sheet) -> bytes:
    """Return the sheet as JSON."""
    return json.dumps(asdict(sheet), separators=(",", ":")).encode()


def load(data: bytes) -> Sheet:
    """Return the sheet that the JSON holds."""
    told: dict[str, Any] = json.loads(data)
    return Sheet(
        **told
        | {
            "encoding": Encoding(**told["encoding"]),
            "header": tuple(told["header"]),
            "columns": {Column(name): index for name, index in told["columns"].items()},
            "layout": Layout(told["layout"]),
        }
    )


def open_sheet(
    read: Callable[[], Iterator[bytes]], rules: SheetRules, *, charset: str | None = None
) -> Sheet:
    """Find out how the file is read, which read gives from its beginning; raises SheetError.

    charset is what the request declares. The whole file may be gone through, in flat memory.
    """
    encoding, head = detect(read(), charset)
    text = next(encoding.decoded(iter([head])), "")
    declared = _SEPARATOR_LINE.match(text)
    delimiters = (declared.group(1),) if declared else _DELIMITERS
    body = text[declared.end() :] if declared else text
    headers = (_header(body, delimiter, rules) for delimiter in delimiters)
    found = max(headers, key=lambda one: one.likelihood(rules))
    _check(found, rules, is_cut=len(head) >= HEAD_BYTES)
    layout = Layout.ROW if Column.POSITION in found.columns else Layout.CELL
    return Sheet(
        encoding=encoding,
        delimiter=found.delimiter,
        line_end=found.ending or "\r\n",
        has_separator_line=declared is not None,
        header_row=found.number,
        header=tuple(found.cells),
        columns=found.columns,
        layout=layout,
        needs_images=Column.IMAGES in rules.required and layout is Layout.CELL,
        longest_cell=rules.longest_cell,
        most_urls_in_cell=rules.most_urls_in_cell,
    )


class _Header(NamedTuple):
    delimiter: str
    cells: list[str]
    columns: Mapping[Column, int]
    number: int
    ending: str
    flaw: str | None

    def likelihood(self, rules: SheetRules) -> tuple[int, int, int]:
        """Return what is greatest where the delimiter is the right one."""
        required = sum(column in self.columns for column in rules.required)
        return required, len(self.columns), len(self.cells)


def _header(text: str, delimiter: str, rules: SheetRules) -> _Header:
    records = Records(iter([text]), delimiter, longest_cell=rules.longest_cell)
    cells = next((one for one in records if any(cell.strip() for cell in one)), [])
    return _Header(
        delimiter=delimiter,
        cells=cells,
        columns=resolve(cells, rules.names),
        number=records.number,
        ending=records.ending,
        flaw=next(iter(records.flaws.values()), None),
    )


def _check(found: _Header, rules: SheetRules, *, is_cut: bool) -> None:
    if not any(map(normalized, found.cells)):  # as ,, is where ; is tried
        raise EmptySheetError("the file has blanks only: export it again, with a header and rows")
    if is_cut and not found.ending:
        raise HeaderError(f"the first row has more than {HEAD_BYTES // 1024} KiB: it is no header")
    if found.flaw:
        raise HeaderError(f"the header cannot be read: {found.flaw}")
    if len(found.cells) > rules.most_columns:
        raise TooManyColumnsError(
            f"the header has {len(found.cells):,} columns; at most {rules.most_columns:,} are read"
        )
    if not found.columns and any(_is_data(cell) for cell in found.cells):
        raise HeaderError(
            f"the first row has data, not the names of the columns: put a row above it that says"
            f" {', '.join(rules.names[column][0] for column in rules.required)}"
        )
    _check_columns(found, rules)


def _is_data(cell: str) -> bool:
    return any("://" in url for url in cell_urls.urls_in(cell))


def _check_columns(found: _Header, rules: SheetRules) -> None:
    needed = dict.fromkeys((*rules.required, Column.IMAGES))
    missing = [column for column in needed if column not in found.columns]
    if not missing:
        return
    told = ", ".join(quote(cell) for cell in found.cells[:_TOLD_COLUMNS])
    more = ", …" if len(found.cells) > _TOLD_COLUMNS else ""
    problems = [
        SheetProblem(
            row=found.number,
            column=rules.names[column][0],
            issue=f"there is no column for {column.meaning}: expected one of"
            f" {', '.join(rules.names[column])}; found {told}{more}",
        )
        for column in missing
    ]
    raise MissingColumnError("; ".join(one.issue for one in problems), *problems)
