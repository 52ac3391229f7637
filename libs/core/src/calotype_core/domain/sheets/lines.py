"""A text's lines out of its pieces, never holding more of them than a bound."""

import re
from collections.abc import Iterator
from io import StringIO

_ODD = re.compile("[\0\ud800-\udfff]")
_GLANCE = 4096  # characters


class LongRowError(Exception):
    """The row goes on beyond the bound; Lines.piece() has it from its beginning."""


class Lines:
    """An iterator over lines, with their ends: LF, CR LF or CR, as the csv module has them.

    It remembers what it gave since begin(), up to about longest_row characters; more is no line,
    and raises. last is what it gave last; is_odd says whether any NUL, or any byte that is no text,
    has been seen yet.
    """

    def __init__(self, text: Iterator[str], longest_row: int) -> None:
        self._text = text
        self._longest = longest_row
        self._taken: list[str] = []
        self._again: list[str] = []  # what piece() gives once more, the last first
        self._whole = StringIO()
        self._rest = ""
        self._ended = False
        self.size = 0
        self.last = ""
        self.is_odd = False

    def begin(self) -> None:
        """Begin a row."""
        self._taken.clear()
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while not (line := next(self._whole, "")):
            self._fill()
        self._taken.append(line)
        self.last = line
        self.size += len(line)
        if self.size > self._longest:
            raise LongRowError
        return line

    def rewind(self) -> None:
        """Have piece() give the row from its beginning."""
        self._again = self._taken[::-1]
        self.begin()

    def piece(self, *, is_quoted: bool) -> str:
        """Return the row's next line, or a part of one that is too long; nothing at the end.

        Within a quoted cell it may be several lines, of which the last has no end.
        """
        if self._again:
            self.last = self._again.pop()
            return self.last
        while not (piece := (is_quoted and self._unquoted()) or next(self._whole, "")):
            try:
                self._fill()
            except StopIteration:
                return ""
            except LongRowError:
                return self._part()
        self.last = piece
        return piece

    def _unquoted(self) -> str:
        """Return what there is before the next quote: a line at a time takes long."""
        place = self._whole.tell()
        text, _, _ = self._whole.read(_GLANCE).partition('"')
        self._whole.seek(place + len(text))
        return text

    def _part(self) -> str:
        part = self._rest.removesuffix("\r")  # which may be half of \r\n
        self._rest = self._rest[len(part) :]
        return part

    def _fill(self) -> None:
        """Have whole lines; raises StopIteration where none is left, LongRowError at the bound."""
        if self._ended:
            raise StopIteration
        if self.size + len(self._rest) > self._longest:
            raise LongRowError
        piece = next(self._text, None)
        if piece is None:
            self._ended = True
            self._whole, self._rest = StringIO(self._rest, newline=""), ""
            return
        self.is_odd = self.is_odd or _ODD.search(piece) is not None
        text = self._rest + piece
        # A \r at the end is kept back: \n may follow.
        end = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        self._whole, self._rest = StringIO(text[:end], newline=""), text[end:]
