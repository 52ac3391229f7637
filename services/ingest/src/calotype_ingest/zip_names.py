"""Names within a ZIP: in whatever encoding they were written, and cleaned for people.

A name is never a path here: nothing is stored, opened or looked for under it.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from calotype_ingest.filenames import LONGEST_FILENAME, clean_filename

OF_OLD = "cp437"  # what a name is in by the book, unless it says UTF-8
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field: version, CRC-32 of the plain name, UTF-8
_DRIVES = re.compile(r"(?:[A-Za-z]:)+")
# What file managers leave beside the files of their users.
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the extra fields' ids and contents, as far as they hold together."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        at += 4 + size
        if at <= len(extra):
            yield kind, extra[at - size : at]


def read_name(raw: bytes, *, extra: bytes, encoding: str = OF_OLD) -> str:
    """Return the name as text: what the extra field says, else as UTF-8, else in the encoding.

    The flag that says UTF-8 is not asked: many write UTF-8 without it, some set it and do not, and
    a name in another encoding that happens to be UTF-8 hardly exists.
    """
    for kind, content in extra_fields(extra):
        if kind == _UNICODE_PATH and (told := _unicode_path(content, raw)) is not None:
            return told
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(encoding, errors="replace")


def _unicode_path(content: bytes, raw: bytes) -> str | None:
    # Who renames an entry and knows nothing of the field leaves it behind: hence the CRC.
    if content[:5] != struct.pack("<BL", 1, zlib.crc32(raw)):
        return None
    try:
        return content[5:].decode()
    except UnicodeDecodeError:
        return None


def clean_path(name: str) -> str | None:
    """Return the name with / between its folders and nothing in it that leads elsewhere.

    Too long a one keeps its end. None where nothing is left.
    """
    kept = [clean for one in name.replace("\\", "/").split("/") if (clean := _clean_part(one))]
    while len(kept) > 1 and sum(map(len, kept)) + len(kept) - 1 > LONGEST_FILENAME:
        del kept[0]
    return "/".join(kept) or None


def _clean_part(part: str) -> str:
    clean = clean_filename(part) or ""
    if drives := _DRIVES.match(clean):
        clean = clean[drives.end() :]
    return "" if clean.strip() in {"", ".", ".."} else clean


def is_litter(name: str) -> bool:
    """Whether the entry is a folder, or what a file manager wrote for itself."""
    *folders, last = name.replace("\\", "/").split("/")
    return not last or "__MACOSX" in folders or last.lower() in _LITTER
