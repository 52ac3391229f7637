"""IPTC's Information Interchange Model: by-line, credit and copyright notice."""

import struct
from collections.abc import Iterator

_WRAPPER = b"Photoshop 3.0\0"
_RESOURCE = b"8BIM"
_IPTC = 0x0404  # the number of Photoshop's resource that holds it
_MARK = 0x1C
_EXTENDED = 0x8000  # from here on a length is the length of a length: films, not texts
_CHARSET, _VERSION = (1, 90), (2, 0)
_RIGHTS = frozenset({(2, 80), (2, 110), (2, 116)})
_KEPT = _RIGHTS | {_CHARSET, _VERSION}


def rights(iptc: bytes) -> bytes | None:
    """Return those fields alone, as a JPEG has them: one of Photoshop's resources.

    None where there are none. Read as a TIFF has them, too.
    """
    try:
        kept = [one for one in _datasets(_unwrapped(iptc)) if one[0] in _KEPT]
    except struct.error:
        return None
    if not any(field in _RIGHTS for field, _ in kept):
        return None
    return _wrapped(b"".join(raw for _, raw in kept))


def _unwrapped(iptc: bytes) -> bytes:
    if not iptc.startswith(_WRAPPER):
        return iptc
    at = len(_WRAPPER)
    while iptc[at : at + 4] == _RESOURCE:
        number, name_length = struct.unpack_from(">HB", iptc, at + 4)
        at += 6 + _even(1 + name_length)
        (length,) = struct.unpack_from(">I", iptc, at)
        if number == _IPTC:
            return iptc[at + 4 : at + 4 + length]
        at += 4 + _even(length)
    return b""


def _datasets(body: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    while at < len(body) and body[at] == _MARK:
        record, number, length = struct.unpack_from(">BBH", body, at + 1)
        if length >= _EXTENDED or at + 5 + length > len(body):
            return
        yield (record, number), body[at : at + 5 + length]
        at += 5 + length


def _wrapped(body: bytes) -> bytes:
    padded = body + b"\0" * (len(body) % 2)
    return _WRAPPER + _RESOURCE + struct.pack(">HHI", _IPTC, 0, len(body)) + padded


def _even(length: int) -> int:
    return length + length % 2
