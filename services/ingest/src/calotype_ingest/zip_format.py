"""The records of a ZIP (PKWARE's APPNOTE): its end, its directory, and the header of each entry.

Read here and not by zipfile, which holds all of a directory, whatever its size, and every entry of
it; an archive of any size is read in flat memory this way, and its end is the only part to search.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from calotype_ingest.errors import NotAZipError
from calotype_ingest.zip_names import extra_fields, read_name

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
# The end record's comment is at most 65,535 bytes; those of ZIP64 stand right before it.
LONGEST_END = _END64.size + _LOCATOR64.size + _END.size + 0xFFFF
LOCAL_BYTES = _LOCAL.size
FIRST_BYTES = b"PK\3\4"  # of a file that begins with an entry
_ZIP64 = 0x0001
_UNKNOWN = 0xFFFFFFFF  # the number did not fit: an extra field has it


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """Where the directory lies in the file, and how many bytes came before the archive began."""

    start: int
    size: int
    prefix: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """An entry as the directory describes it; none of it is known to be true."""

    name: str
    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    offset: int
    header_bytes: int  # of its local header, if that says no more than the directory


def find_directory(tail: bytes, file_bytes: int) -> Directory:
    """Return what the file's last LONGEST_END bytes tell of it; raises NotAZipError."""
    at = _end_of(tail)
    _, disk, first_disk, _, _, size, offset, _ = _END.unpack_from(tail, at)
    if tail[max(at - _LOCATOR64.size, 0) : at].startswith(b"PK\6\7"):
        at -= _LOCATOR64.size + _END64.size
        if at < 0 or not tail.startswith(b"PK\6\6", at):
            raise _damaged("its ZIP64 record is not where it should be")
        _, _, _, _, disk, first_disk, _, _, size, offset = _END64.unpack_from(tail, at)
    if disk or first_disk:
        raise NotAZipError("This is one part of a split ZIP: join the parts, and send the whole.")
    start = file_bytes - len(tail) + at - size
    if start < offset:
        raise _damaged("its directory is not where it should be")
    return Directory(start=start, size=size, prefix=start - offset)


def _end_of(tail: bytes) -> int:
    """Return where the end record is: the last one whose comment ends the file, or just the last.

    A comment may hold what looks like an end record, and some tools append what they should not.
    """
    last = at = tail.rfind(b"PK\5\6", 0, max(len(tail) - _END.size + 4, 0))
    while at >= 0:
        if at + _END.size + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            return at
        at = tail.rfind(b"PK\5\6", 0, at + 3)
    if last < 0:
        raise NotAZipError("This is no ZIP, or it ends before it should: send it again, whole.")
    return last


def _damaged(what: str) -> NotAZipError:
    return NotAZipError(f"The ZIP is damaged: {what}. Make it again, and send it whole.")


@dataclass(slots=True)
class DirectoryReader:
    """Turns the directory's bytes, as they come, into members; encoding is that of old names."""

    encoding: str
    _rest: bytearray = field(default_factory=bytearray, init=False)

    def feed(self, chunk: bytes) -> Sequence[Member]:
        """Return the members that end in this chunk; raises NotAZipError where one is none."""
        self._rest += chunk
        members: list[Member] = []
        at = 0
        for end, member in self._members():
            members.append(member)
            at = end
        del self._rest[:at]
        return members

    def finish(self) -> None:
        """Raise NotAZipError where the directory ended in the middle of a member."""
        if self._rest:
            raise _damaged("its directory ends too early")

    def _members(self) -> Iterator[tuple[int, Member]]:
        at = 0
        while at + _ENTRY.size <= len(self._rest):
            signature, *numbers = _ENTRY.unpack_from(self._rest, at)
            if signature != b"PK\1\2":
                raise _damaged("its directory holds what is no entry")
            name_bytes, extra_bytes, comment_bytes = numbers[9:12]
            name_end = at + _ENTRY.size + name_bytes
            name = bytes(self._rest[at + _ENTRY.size : name_end])
            extra = bytes(self._rest[name_end : name_end + extra_bytes])
            at = name_end + extra_bytes + comment_bytes
            if at > len(self._rest):
                return
            yield at, self._member(numbers, name, extra)

    def _member(self, numbers: Sequence[int], name: bytes, extra: bytes) -> Member:
        _, _, flags, method, _, _, crc, packed, size, *_, offset = numbers
        size, packed, offset = _widened((size, packed, offset), extra)
        return Member(
            name=read_name(name, extra=extra, encoding=self.encoding),
            flags=flags,
            method=method,
            crc=crc,
            packed_bytes=packed,
            size_bytes=size,
            offset=offset,
            header_bytes=_LOCAL.size + len(name) + len(extra),
        )


def _widened(numbers: Sequence[int], extra: bytes) -> Iterator[int]:
    """Yield the numbers, those that did not fit from the ZIP64 field, which has only them."""
    wide = next((content for kind, content in extra_fields(extra) if kind == _ZIP64), b"")
    at = 0
    for number in numbers:
        if number == _UNKNOWN and at + 8 <= len(wide):
            yield int.from_bytes(wide[at : at + 8], "little")
            at += 8
        else:
            yield number


def local_header_bytes(header: bytes) -> int | None:
    """Return how long the local header is that begins with these LOCAL_BYTES; None if it is none.

    What else it says is not asked: the directory is the authority.
    """
    if len(header) < _LOCAL.size or not header.startswith(FIRST_BYTES):
        return None
    *_, name_bytes, extra_bytes = _LOCAL.unpack_from(header)
    return _LOCAL.size + int(name_bytes) + int(extra_bytes)
