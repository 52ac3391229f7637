"""What can go wrong with pixels, as two families: the image's fault, and the engine's.

    Rejected
    └── BadImageError                 the same image will fail again, whoever opens it
        ├── EmptyFileError
        ├── UnsupportedFormatError
        ├── ImageTruncatedError
        ├── ImageUndecodableError
        ├── ImageTooLargeError
        ├── CropOutsideImageError
        ├── WatermarkMissingError
        ├── WatermarkUnusableError
        ├── FontMissingError
        └── OutputTooLargeError
    CalotypeError
    └── EngineFailure                 the attempt failed; another may succeed
        ├── TimedOutError
        ├── EngineDiedError
        ├── EngineStartError
        ├── OutOfMemoryError
        └── NoRoomError               also Unavailable, and waited for: it costs no attempt
    Unavailable
    └── ScratchUnusableError

Codes travel from the decoding child to its parent, which turns them back into these classes.
"""

from collections.abc import Mapping

from calotype_core.errors import CalotypeError, Rejected, Unavailable


class BadImageError(Rejected):
    """The image, or what is asked of it, can never be rendered."""

    code = "bad_image"


class EmptyFileError(BadImageError):
    """There are no bytes."""

    code = "empty_file"


class UnsupportedFormatError(BadImageError):
    """The bytes are no image, or one of a format that is not read."""

    code = "unsupported_format"


class ImageTruncatedError(BadImageError):
    """The file ends before the image does."""

    code = "image_truncated"


class ImageUndecodableError(BadImageError):
    """The bytes look like an image and cannot be decoded."""

    code = "image_undecodable"


class ImageTooLargeError(BadImageError):
    """The file has more bytes, or its header promises more pixels or memory, than is allowed."""

    code = "image_too_large"


class CropOutsideImageError(BadImageError):
    """A crop's box reaches outside the image."""

    code = "crop_outside_image"


class WatermarkMissingError(BadImageError):
    """The watermark that the instructions name is not in the store, or not any more."""

    code = "watermark_missing"


class WatermarkUnusableError(BadImageError):
    """The file that is to be the watermark cannot be decoded, or is past the limits."""

    code = "watermark_unusable"


class FontMissingError(BadImageError):
    """The font that a text is to be written in is not here."""

    code = "font_missing"


class OutputTooLargeError(BadImageError):
    """The result is larger than its format, or a limit, allows."""

    code = "output_too_large"


class EngineFailure(CalotypeError):  # noqa: N818 - it names what happened, not what was raised
    """An attempt came to nothing for no proven fault of the image."""

    code = "engine_failed"
    status = 503
    retry = True


class TimedOutError(EngineFailure):
    """The attempt took longer than its time limit and was killed."""

    code = "engine_timed_out"


class EngineDiedError(EngineFailure):
    """The decoding child died over it."""

    code = "engine_died"


class EngineStartError(EngineFailure):
    """No decoding child could be started."""

    code = "engine_did_not_start"


class OutOfMemoryError(EngineFailure):
    """The attempt needed more memory than a child may have."""

    code = "engine_out_of_memory"


class NoRoomError(EngineFailure, Unavailable):
    """The disk that prints are written to is full; they wait until there is room."""

    code = "engine_no_room"


class ScratchUnusableError(Unavailable):
    """The folder that prints are made in cannot be written to."""

    code = "scratch_unusable"


_ALL = (
    BadImageError, EmptyFileError, UnsupportedFormatError, ImageTruncatedError,
    ImageUndecodableError, ImageTooLargeError, CropOutsideImageError, WatermarkMissingError,
    WatermarkUnusableError, FontMissingError, OutputTooLargeError,
    EngineFailure, TimedOutError, EngineDiedError, EngineStartError, OutOfMemoryError, NoRoomError,
)  # fmt: skip
BY_CODE: Mapping[str, type[CalotypeError]] = {kind.code: kind for kind in _ALL}


def from_code(code: str, message: str) -> CalotypeError:
    """Return the error that a child reported; an unknown code is a failure of the engine."""
    return BY_CODE.get(code, EngineFailure)(message)
