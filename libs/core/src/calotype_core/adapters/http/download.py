"""The blocking half of a fetch: from encoded bytes to a whole file, under caps, or to none."""

import hashlib
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from calotype_core.errors import Unavailable
from calotype_core.ports.fetcher import (
    BadResponseError,
    BrokenOffError,
    FetchedNothingError,
    FetchedTooLargeError,
)

PIECE_BYTES = 256 * 1024  # decoded at once, whatever a few bytes may swell to
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15  # as zlib has them


class Download:
    """A file in the making; it appears under its name once it is whole.

    A thread may still be at work on it when a cancelled caller lets go of it: hence the lock.
    """

    def __init__(self, into: Path, *, host: str, encoding: str, most_bytes: int) -> None:
        self._into = into
        self._partial = into.with_name(f"{into.name}.partial")
        self._host = host
        self._encoding = encoding.strip().lower()
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._decoder: _Decoder | None = None
        self._closed = False
        self._received = self._size_bytes = 0
        self._sha256 = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Add bytes as they came; raises an UnfetchableError, or Unavailable."""
        with self._lock, self._folder_errors():
            self._add(data)

    def finish(self, data: bytes) -> tuple[int, str]:
        """Add the last bytes, make the file appear, and return its size and SHA-256.

        Raises BrokenOffError too, where what was compressed ends early.
        """
        with self._lock, self._folder_errors():
            self._add(data)
            if self._decoder is not None and not self._decoder.ended:
                raise BrokenOffError(f"{self._host} sent a compressed file that ends early.")
            if not self._size_bytes or self._file is None:
                raise FetchedNothingError(f"{self._host} sent a file without bytes: mend it there.")
            self._file.close()
            self._partial.rename(self._into)
            self._closed = True
        return self._size_bytes, self._sha256.hexdigest()

    def discard(self) -> None:
        """Leave nothing behind of what is not whole."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._file is not None:
                with suppress(OSError):  # it writes what is buffered, which a full disk refuses
                    self._file.close()
                self._partial.unlink(missing_ok=True)

    def _add(self, data: bytes) -> None:
        if not data or self._closed:
            return
        if self._file is None:
            self._file = self._partial.open("wb")
            self._decoder = _decoder_of(self._encoding, data)
        self._received += len(data)
        self._check(self._received)
        for piece in self._decoded(data):
            self._size_bytes += len(piece)
            self._check(self._size_bytes)
            self._file.write(piece)
            self._sha256.update(piece)

    def _decoded(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            yield data
            return
        try:
            yield from self._decoder.pieces(data)
        except zlib.error as error:
            raise BadResponseError(
                f"{self._host} says that the file is compressed as {self._encoding[:20]}, and it is"
                " not: mend that server."
            ) from error

    def _check(self, size_bytes: int) -> None:
        if size_bytes > self._most_bytes:
            raise too_large(self._host, self._most_bytes)

    @contextmanager
    def _folder_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"The folder for fetched files cannot be written to ({error.strerror}): free some"
                " room on its disk, or see the kernel's log."
            ) from error


class _Decoder:
    """Takes compressed bytes apart, a bounded piece at a time."""

    def __init__(self, window: int) -> None:
        self._zlib = zlib.decompressobj(window)

    @property
    def ended(self) -> bool:
        """Whether the compressed bytes have come to their end; what follows them is nothing."""
        return self._zlib.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes stand for."""
        while data and not self.ended:
            yield self._zlib.decompress(data, PIECE_BYTES)
            data = self._zlib.unconsumed_tail


def _decoder_of(encoding: str, data: bytes) -> _Decoder | None:
    """Return what undoes an encoding, though none was asked for; None: the bytes are the file.

    So they are where the header has made it up, which the file's own first bytes tell.
    """
    if encoding in {"gzip", "x-gzip"}:
        return _Decoder(_GZIP_WINDOW) if data.startswith(_GZIP[: len(data)]) else None
    if encoding == "deflate":
        # Either with zlib's header, as the standard has it, or without, as some servers do.
        wrapped = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
        return _Decoder(_ZLIB_WINDOW if wrapped else _RAW_WINDOW)
    return None


def too_large(host: str, most_bytes: int) -> FetchedTooLargeError:
    """Return the error of a file that is larger than may be."""
    return FetchedTooLargeError(
        f"{host} has a file of more than {most_bytes} bytes there: put a smaller one, or have"
        " CALOTYPE_UPLOAD_MAX_BYTES raised."
    )
