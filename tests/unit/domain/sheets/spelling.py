"""Spreadsheets as bytes, in everything that spreadsheets write, and the same read again."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import cycle

from hypothesis import strategies as st

from calotype_core.domain import sheets
from calotype_core.domain.sheets import Report, Row, Sheet, SheetRules

HEADER = ["Serial Number", "Product Name", "Image URLs"]
RULES = SheetRules()
Table = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How a table is written as a file. encoding is Python's name without a mark."""

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    line_end: str = "\r\n"
    quotes_all: bool = False

    @property
    def charset(self) -> str | None:
        """What the request has to declare: Windows-1252 may look like UTF-8 by accident."""
        return self.encoding if self.encoding == "cp1252" else None

    def written(self, table: Table) -> bytes:
        text = "".join(self.delimiter.join(map(self.cell, row)) + self.line_end for row in table)
        return (("\ufeff" if self.bom else "") + text).encode(self.encoding)

    def cell(self, text: str) -> str:
        if self.quotes_all or any(one in text for one in ('"', "\r", "\n", self.delimiter)):
            return '"' + text.replace('"', '""') + '"'
        return text

    def parsed(self, data: bytes) -> list[list[str]]:
        """Read it with nothing but the standard library."""
        text = data.decode(self.encoding).removeprefix("\ufeff")
        return list(csv.reader(StringIO(text, newline=""), delimiter=self.delimiter, strict=True))


_MARKED = [("utf-8", False), ("utf-8", True), ("utf-16-le", True), ("utf-16-be", True)]
_UNMARKED = [("utf-16-le", False), ("utf-16-be", False), ("cp1252", False)]
SPELLINGS = [
    Spelling(encoding=encoding, bom=bom, delimiter=delimiter, line_end=line_end, quotes_all=quotes)
    for encoding, bom in _MARKED + _UNMARKED
    for delimiter in (",", ";", "\t")
    for line_end in ("\r\n", "\n", "\r")
    for quotes in (False, True)
]
spellings = st.sampled_from(SPELLINGS)


def cells(encoding: str) -> st.SearchStrategy[str]:
    """Return a strategy for a cell's text: anything that the encoding can say, NULs apart."""
    codec = "utf-8" if encoding.startswith("utf") else encoding
    anything = st.characters(codec=codec, exclude_characters="\0")
    awkward = st.sampled_from([*",;\t|\"'\r\n =+-@", "https://a.example/1.jpg"])
    return st.lists(anything | awkward, max_size=8).map("".join)


def pieces(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """Yield the data in pieces of these sizes, over and over."""
    place, sizes = 0, list(sizes) or [len(data) or 1]
    for size in cycle(sizes):
        if place >= len(data):
            return
        yield data[place : place + size]
        place += size


def reading(data: bytes) -> Callable[[], Iterator[bytes]]:
    """Return what open_sheet takes."""
    return lambda: iter([data])


def opened(data: bytes, rules: SheetRules = RULES, charset: str | None = None) -> Sheet:
    return sheets.open_sheet(reading(data), rules, charset=charset)


def rows_of(data: bytes, rules: SheetRules = RULES, charset: str | None = None) -> list[Row]:
    return list(sheets.rows(iter([data]), opened(data, rules, charset)))


def checked(data: bytes, rules: SheetRules = RULES, charset: str | None = None) -> Report:
    return sheets.check(iter([data]), opened(data, rules, charset), rules)


def csv_of(*lines: str) -> bytes:
    """Return a CSV with the usual header and these lines."""
    return "".join(f"{line}\r\n" for line in [",".join(HEADER), *lines]).encode()
