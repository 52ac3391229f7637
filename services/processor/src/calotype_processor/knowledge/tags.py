"""TIFF's directories, as EXIF has them too: numbered entries, from a stranger.

Read here and not by a library: libvips gives them as text that cannot be told apart again, and what
is broken in one entry must not cost the others. Nothing of it is believed: an entry that does not
fit is left out, and nothing raises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

_Order = Literal["little", "big"]

_ORDERS: Mapping[bytes, _Order] = {b"II*\0": "little", b"MM\0*": "big"}
_JPEG_PREFIX = b"Exif\0\0"
_CAMERA, _GPS = 0x8769, 0x8825  # entries of the first directory that say where the others are
_ENTRY_BYTES = 12
_INLINE_BYTES = 4
_MOST_ENTRIES = 512
_MOST_BYTES = 4096  # of one entry that are looked at

_TEXTS = frozenset({2, 7, 129})
_WHOLES = frozenset({1, 3, 4, 9})
_RATIONALS = frozenset({5, 10})
_SIGNED = frozenset({9, 10})
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 129: 1}  # bytes a value, by its type


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry's value, by its type."""

    kind: int
    order: _Order
    raw: bytes

    @property
    def text(self) -> bytes:
        """The bytes of a text, its end marks included; empty where it is none."""
        return self.raw if self.kind in _TEXTS else b""

    @property
    def numbers(self) -> Sequence[Fraction]:
        """The numbers; none where it is a text, or where one of them has no value (1/0)."""
        if self.kind in _WHOLES:
            return [Fraction(value) for value in self._wholes(_WIDTHS[self.kind])]
        if self.kind not in _RATIONALS:
            return []
        parts = self._wholes(_WIDTHS[self.kind] // 2)
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        return [Fraction(over, under) for over, under in pairs] if all(p[1] for p in pairs) else []

    def _wholes(self, width: int) -> Sequence[int]:
        signed = self.kind in _SIGNED
        return [
            int.from_bytes(self.raw[at : at + width], self.order, signed=signed)
            for at in range(0, len(self.raw), width)
        ]


Directory = Mapping[int, Entry]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tags:
    """The entries of a file, or of its EXIF, by their numbers: the picture, the camera, the GPS."""

    picture: Directory
    camera: Directory
    gps: Directory


def read_tags(data: bytes) -> Tags:
    """Return what there is; empty directories where there is nothing, or nothing sound."""
    data = data.removeprefix(_JPEG_PREFIX)
    order = _ORDERS.get(data[:4])
    if order is None:
        return Tags(picture={}, camera={}, gps={})
    picture = _directory(data, int.from_bytes(data[4:8], order), order)
    return Tags(
        picture=picture,
        camera=_below(data, picture, _CAMERA, order),
        gps=_below(data, picture, _GPS, order),
    )


def _below(data: bytes, picture: Directory, pointer: int, order: _Order) -> Directory:
    found = picture[pointer].numbers if pointer in picture else []
    return _directory(data, int(found[0]), order) if found else {}


def _directory(data: bytes, start: int, order: _Order) -> Directory:
    if start < 0:
        return {}
    count = min(int.from_bytes(data[start : start + 2], order), _MOST_ENTRIES)
    entries: dict[int, Entry] = {}
    for at in range(start + 2, start + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES):
        line = data[at : at + _ENTRY_BYTES]
        entry = _entry(data, line, order)
        if entry:
            entries.setdefault(int.from_bytes(line[:2], order), entry)
    return entries


def _entry(data: bytes, line: bytes, order: _Order) -> Entry | None:
    kind, count = (int.from_bytes(line[at:to], order) for at, to in ((2, 4), (4, 8)))
    width = _WIDTHS.get(kind)
    if len(line) < _ENTRY_BYTES or width is None:
        return None
    size = count * width
    start = int.from_bytes(line[8:], order)
    value = line[8:] if size <= _INLINE_BYTES else data[start : start + min(size, _MOST_BYTES)]
    if len(value) < min(size, _MOST_BYTES):
        return None
    return Entry(kind, order, bytes(value[:size]))
