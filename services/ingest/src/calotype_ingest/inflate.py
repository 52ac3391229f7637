"""One entry of a ZIP, unpacked a piece at a time; what it says of itself is held against it."""

import zlib
from dataclasses import dataclass

from calotype_core.domain.image import Failure
from calotype_core.domain.image_formats import HEAD_BYTES, readable, sendable, sniff, unreadable
from calotype_core.errors import Rejected
from calotype_core.ports.object_store import CHUNK_BYTES
from calotype_core.settings import MIB
from calotype_ingest.errors import (
    EmptyFileError,
    EntryCompressionError,
    EntryDamagedError,
    EntryEncryptedError,
    EntryInflatesError,
    ImageTooLargeError,
    UnsupportedMediaError,
)
from calotype_ingest.zip_format import Member

# Below this no ratio is asked for: a logo of one colour may well shrink to a thousandth.
ANY_RATIO_BYTES = MIB
_STORED, _DEFLATE = 0, 8
_METHODS = {1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "BZIP2", 14: "LZMA", 93: "Zstandard"}
_METHODS |= {95: "XZ", 98: "PPMd"}
_AES = 99  # stands where the method would
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000


class UnfitError(Exception):
    """An entry that becomes no image, and why; the others of its archive may."""

    def __init__(self, cause: Rejected) -> None:
        super().__init__(cause.message)
        self.failure = Failure(code=cause.code, message=cause.message)


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryLimits:
    """How much one entry may come to: in bytes, and as a multiple of its bytes in the ZIP.

    svg: whether it may be one.
    """

    max_bytes: int
    max_ratio: int
    svg: bool = False


class Inflater:
    """Unpacks one entry, never more than a piece ahead of who reads it."""

    def __init__(self, member: Member, limits: EntryLimits) -> None:
        """Raise UnfitError where the entry cannot be unpacked at all."""
        if member.flags & _ENCRYPTED_FLAGS or member.method == _AES:
            raise UnfitError(
                EntryEncryptedError("The file is encrypted: make the ZIP without a password.")
            )
        if member.method not in {_STORED, _DEFLATE}:
            method = _METHODS.get(member.method, f"method {member.method}")
            raise UnfitError(
                EntryCompressionError(
                    f"The file is compressed by {method}, which is not read: make the ZIP with the"
                    " usual Deflate, or without compression."
                )
            )
        self._member = member
        self._limits = limits
        self._zlib = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == _DEFLATE else None
        self._size = 0
        self._crc = 0
        self._full = False

    def feed(self, packed: bytes) -> bytes:
        """Return a piece of what has been fed so far; raises UnfitError as soon as it shows.

        Where is_full is true then, there is more: feed nothing until it is not. The first bytes are
        looked at before any others are unpacked, so that what is no image costs next to nothing.
        """
        if self._size:
            return self._measured(self._unpack(packed, CHUNK_BYTES))
        head = self._unpack(packed, HEAD_BYTES)
        if self._zlib and not self._zlib.eof and not self._full:
            raise _damaged("it ends too early")
        if not head:
            return head  # finish() says what to make of it
        _check_format(head, svg=self._limits.svg)
        return self._measured(head + self._unpack(b"", CHUNK_BYTES) if self._full else head)

    @property
    def is_full(self) -> bool:
        """Whether there is more to come of what was fed already."""
        return self._full

    def finish(self) -> None:
        """Raise UnfitError where the entry, which has been fed whole, is not what it should be."""
        if self._size == 0 == self._member.size_bytes:
            raise UnfitError(EmptyFileError("The file is empty: it has no bytes."))
        if self._zlib and not self._zlib.eof:
            raise _damaged("it ends too early")
        if self._size != self._member.size_bytes:
            raise _damaged("it has not the size that the ZIP says")
        if self._crc != self._member.crc:
            raise _damaged("its bytes are not those that were packed")

    def _unpack(self, packed: bytes, most: int) -> bytes:
        if self._zlib is None:
            return packed
        if self._zlib.eof:
            self._full = False
            return b""
        try:
            piece = self._zlib.decompress(self._zlib.unconsumed_tail + packed, most)
        except zlib.error:
            raise _damaged("it cannot be unpacked") from None
        self._full = len(piece) == most and not self._zlib.eof
        return piece

    def _measured(self, piece: bytes) -> bytes:
        said, limits = self._member, self._limits
        self._size += len(piece)
        self._crc = zlib.crc32(piece, self._crc)
        if max(self._size, said.size_bytes) > limits.max_bytes:
            raise UnfitError(
                ImageTooLargeError(
                    f"The image is over the limit of {limits.max_bytes} bytes; send a smaller one,"
                    " or have CALOTYPE_UPLOAD_MAX_BYTES raised."
                )
            )
        if self._size > max(limits.max_ratio * said.packed_bytes, ANY_RATIO_BYTES):
            raise UnfitError(
                EntryInflatesError(
                    f"The file unpacks to more than {limits.max_ratio} times its size in the ZIP;"
                    " send it by itself, or have CALOTYPE_ZIP_MAX_RATIO raised."
                )
            )
        if self._size > said.size_bytes:
            raise _damaged("it is larger than the ZIP says")
        return piece


def _check_format(head: bytes, *, svg: bool) -> None:
    kind = sniff(head[:HEAD_BYTES])
    if kind not in readable(svg=svg):
        raise UnfitError(
            UnsupportedMediaError(
                f"The file is {unreadable(kind)}, whatever its name says. Send one of:"
                f" {sendable(svg=svg)}."
            )
        )


def _damaged(what: str) -> UnfitError:
    return UnfitError(EntryDamagedError(f"The file is damaged in the ZIP: {what}. Pack it again."))
