"""Whose fault it was: an exception in the child, as one of the errors that the world knows."""

import re

from calotype_core.errors import CalotypeError
from calotype_processor.errors import (
    EngineFailure,
    ImageTruncatedError,
    ImageUndecodableError,
    NoRoomError,
    OutOfMemoryError,
    OutputTooLargeError,
)

_NO_MEMORY = "The image needs more memory than a decoding child may have."


def _says(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


# libvips has one type of error; its decoders' words are all there is to go by.
_SAID: tuple[tuple[re.Pattern[str], type[CalotypeError], str], ...] = (
    (
        # What libheif calls a memory allocation error, and libtiff a failure to allocate nothing.
        _says(r"security limit|\(0 elements of"),
        ImageUndecodableError,
        "The image goes past what a sound file ever holds. Send an intact file.",
    ),
    (
        _says(
            r"out.of.memory|insufficient memory|cannot allocate|memory allocation"
            r"|(unable|failed) to (m?alloc|allocate)"
            r"|error creating thread"  # whose stack would have been one allocation too many
        ),
        OutOfMemoryError,
        _NO_MEMORY,
    ),
    (
        _says("no space left|quota exceeded"),
        NoRoomError,
        "The disk that prints are written to is full.",
    ),
    (
        _says("file too large"),
        OutputTooLargeError,
        "A print is larger than files may be. Ask for a smaller one.",
    ),
    (
        _says(
            "premature end|unexpected end|end of file|truncated|not enough data"
            "|file size too small|insufficient input data|short read|read beyond"
        ),
        ImageTruncatedError,
        "The file ends before the image does. Send all of it.",
    ),
)
_LONGEST = 160


def verdict(error: BaseException) -> CalotypeError:
    """Return the error to report.

    Memory and disk are the engine's matter, and so is the operating system; everything else that
    comes out of a decoder is taken for a bad image, whatever its type.
    """
    if isinstance(error, CalotypeError):
        return error
    text = str(error)
    for pattern, kind, message in _SAID:
        if pattern.search(text):
            return kind(message)
    if isinstance(error, MemoryError):
        return OutOfMemoryError(_NO_MEMORY)
    if isinstance(error, OSError):
        return EngineFailure(f"The image could not be worked on: {error.strerror or text}.")
    return ImageUndecodableError(
        f"The image is damaged and cannot be decoded ({_reason(text)}). Send an intact file."
    )


def _reason(text: str) -> str:
    # The last line is what a decoder said; a path is nobody's business.
    lines = [" ".join(line.split()) for line in text.splitlines()]
    said = [line for line in lines if line and "/" not in line]
    return said[-1][:_LONGEST].rstrip(".") if said else "no reason given"
