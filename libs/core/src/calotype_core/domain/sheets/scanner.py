"""A row that the csv module refuses, cell by cell: what is wrong with it, and what it says still.

It reads as the csv module does where that is lenient, and holds no more than its bounds.
"""

import re
from enum import Enum, auto

from calotype_core.domain.sheets.lines import Lines

MOST_CELLS = 16_384  # in a row of a spreadsheet
# Possessive: what is read is not gone over again, nor remembered.
_QUOTED = re.compile('[^"]*+(?:""[^"]*+)*+')


class _At(Enum):
    START = auto()
    PLAIN = auto()
    QUOTED = auto()
    QUOTE = auto()  # in a quoted cell: its end, or the first of two


class Scanner:
    """Reads one row. Afterwards cells has it, and flaws what is wrong with the cells, by index.

    A cell is cut to one character more than longest_cell; longest_row bounds them all together. A
    row with more than MOST_CELLS is read no further.
    """

    def __init__(self, delimiter: str, *, longest_cell: int, longest_row: int) -> None:
        self._delimiter = delimiter
        self._plain = re.compile(f"[^{re.escape(delimiter)}\r\n]*")
        self._longest_cell = longest_cell
        self._room = longest_row
        self._longest_row = longest_row
        self._parts: list[str] = []
        self._size = 0
        self._spans_lines = False
        self._at = _At.START
        self.cells: list[str] = []
        self.flaws: dict[int, str] = {}

    def read(self, lines: Lines) -> None:
        """Read a row from where the lines were rewound to."""
        lines.rewind()
        while piece := lines.piece(is_quoted=self._at is _At.QUOTED):
            if self._take(piece):
                return
        if self._at is _At.QUOTED:
            self._flaw("a quote opens here and is never closed, so all that follows is in the cell")
        self._end_cell()

    def _take(self, piece: str) -> bool:
        """Take in a piece; say whether the row ends with it."""
        place = 0
        while place < len(piece):
            if self._at is _At.QUOTED:
                place = self._quoted(piece, place)
            elif piece[place] in "\r\n" or len(self.cells) == MOST_CELLS:
                self._end_cell()
                return True
            elif piece[place] == self._delimiter:
                self._end_cell()
                place += 1
            elif piece[place] == '"' and self._at in {_At.START, _At.QUOTE}:
                self._quote()
                place += 1
            else:
                place = self._unquoted(piece, place)
        return False

    def _quoted(self, piece: str, place: int) -> int:
        match = _QUOTED.match(piece, place)
        end = match.end() if match else place
        self._keep(piece[place:end].replace('""', '"'))
        if end == len(piece):
            self._spans_lines = self._spans_lines or "\n" in piece or "\r" in piece
            return end
        self._at = _At.QUOTE
        return end + 1

    def _quote(self) -> None:
        if self._at is _At.QUOTE:
            self._keep('"')
        self._at = _At.QUOTED

    def _unquoted(self, piece: str, place: int) -> int:
        if self._at is _At.QUOTE and self._spans_lines:
            # On one line it is a matter of taste; over several, two cells have lost their borders.
            self._flaw("a quote opens here and is not closed before the next one")
        self._at = _At.PLAIN
        match = self._plain.match(piece, place)
        end = match.end() if match else len(piece)
        self._keep(piece[place:end])
        return end

    def _keep(self, text: str) -> None:
        kept = text[: max(min(self._longest_cell + 1 - self._size, self._room), 0)]
        if len(kept) < len(text) and not self._room - len(kept):
            self._flaw(f"with this cell the row has more than {self._longest_row:,} characters")
        self._size += len(kept)
        self._room -= len(kept)
        if kept:
            self._parts.append(kept)

    def _flaw(self, issue: str) -> None:
        self.flaws.setdefault(len(self.cells), issue)

    def _end_cell(self) -> None:
        self.cells.append("".join(self._parts))
        self._parts.clear()
        self._size, self._spans_lines, self._at = 0, False, _At.START
