"""What can be wrong with a look-up."""

from calotype_core.errors import NotFoundError, Rejected


class InputMissingError(NotFoundError):
    """What the job came in as is not kept in this form; the message says what there is."""

    code = "input_missing"


class UnknownRenditionError(NotFoundError):
    """The image has no rendition of this name; the message says which it has."""

    code = "unknown_rendition"


class ImageNotReadyError(NotFoundError):
    """The image is still being processed."""

    code = "image_not_ready"
    retry = True


class ImageHasFailedError(NotFoundError):
    """The image failed and has no renditions; the message says why."""

    code = "image_has_failed"


class RangeNotSatisfiableError(Rejected):
    """The range lies outside the image's bytes."""

    code = "range_not_satisfiable"
    status = 416

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"The image has {size_bytes} bytes; the range begins after them.")
        self.headers = {"Content-Range": f"bytes */{size_bytes}"}
