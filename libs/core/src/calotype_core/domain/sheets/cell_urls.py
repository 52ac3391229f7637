"""The URLs in a cell: parted by commas, |, ;, line breaks or blanks, and none torn apart.

A comma or a semicolon may be of the URL itself. It parts two where a URL follows, or a blank beside
it does; a | or a line break always does. Blanks alone part where a URL follows: else somebody's
file name has a space in it, and that is said of the whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

_RUN = re.compile(r"[\s,;|]+")
_FOLLOWS = re.compile(r"[a-z][a-z0-9+.-]{0,20}://|data:|//|www\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CellUrls:
    """The URLs of a cell as they were written, and what stood between them: one fewer."""

    urls: tuple[str, ...]
    separators: tuple[str, ...] = ()


def split(cell: str) -> CellUrls:
    """Return the URLs of the cell in their order; what is none is among them, to be told."""
    urls: list[str] = []
    separators: list[str] = []
    start, end = 0, len(cell)
    for run in _RUN.finditer(cell):
        if run.start() == 0:
            start = run.end()
        elif run.end() == len(cell):
            end = run.start()
        elif _parts(run.group(), cell, run.end()):
            urls.append(cell[start : run.start()])
            separators.append(run.group())
            start = run.end()
    if start < end:
        urls.append(cell[start:end])
    return CellUrls(tuple(urls), tuple(separators))


def joined(urls: Sequence[str], separators: Sequence[str]) -> str:
    """Return the cell again with other URLs, each at its place; an empty one leaves a gap."""
    if not all(urls):
        # Blanks alone would hide that there is a gap.
        separators = [one if one.strip(" \t") else "," for one in separators]
    return "".join(chain.from_iterable(zip_longest(urls, separators, fillvalue="")))


def _parts(run: str, cell: str, end: int) -> bool:
    if "|" in run or "\n" in run or "\r" in run:
        return True
    is_blank = not run.strip()
    if not is_blank and len(run) > len(run.strip(" \t")):
        return True
    return _FOLLOWS.match(cell, end) is not None
