"""EXIF: Artist and Copyright, of the first directory."""

import struct
from collections.abc import Mapping

_PREFIX = b"Exif\0\0"
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_WANTED = (0x013B, 0x8298)  # Artist, Copyright, in the order of a directory
_TEXTS = (2, 129)  # ASCII, and the UTF-8 of EXIF 3
_ENTRY = "HHI4s"
_ENTRY_BYTES = 12
_VALUE_AT = 8
_INLINE = 4  # bytes that an entry has room for itself
_FIRST = 8  # where the directory stands, right behind the header
_LONGEST = 8 * 1024  # bytes of one text; a JPEG's EXIF has 64 KiB in all


def rights(exif: bytes) -> bytes | None:
    """Return an EXIF block with nothing but those texts; None where there are none."""
    try:
        texts = _texts(exif.removeprefix(_PREFIX))
    except struct.error:
        return None
    return _block(texts) if texts else None


def _texts(tiff: bytes) -> Mapping[int, bytes]:
    if (order := _ORDERS.get(tiff[:4])) is None:
        return {}
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    found: dict[int, bytes] = {}
    for at in range(first + 2, first + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES):
        tag, kind, length, value = struct.unpack_from(order + _ENTRY, tiff, at)
        if tag not in _WANTED or kind not in _TEXTS or length > _LONGEST:
            continue
        start = at + _VALUE_AT if length <= _INLINE else struct.unpack(f"{order}I", value)[0]
        # A zero parts the photographer's claim from the editor's; cameras fill up with blanks.
        if text := tiff[start : start + length].rstrip(b"\0 "):
            found[tag] = text + b"\0"
    return found


def _block(texts: Mapping[int, bytes]) -> bytes:
    entries, bodies = b"", b""
    behind = _FIRST + 2 + len(texts) * _ENTRY_BYTES + 4
    for tag in sorted(texts):
        text = texts[tag]
        value = text.ljust(_INLINE, b"\0")
        if len(text) > _INLINE:
            value = struct.pack("<I", behind + len(bodies))
            bodies += text + b"\0" * (len(text) % 2)  # values begin at even places
        entries += struct.pack("<" + _ENTRY, tag, _TEXTS[0], len(text), value)
    head = struct.pack("<4sIH", b"II*\0", _FIRST, len(texts))
    return _PREFIX + head + entries + bytes(4) + bodies
