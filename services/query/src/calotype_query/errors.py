"""What can be wrong with a look-up, and with what is asked of an image that is here."""

from calotype_core.domain.events import ImageFailed
from calotype_core.errors import NotFoundError, Rejected
from calotype_core.links import status_path


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


class InvalidProcessError(Rejected):
    """What was asked of an image has problems; each says where, what was expected and what came."""

    code = "invalid_request"


class ImageUnfinishedError(Rejected):
    """The image is still being processed: ask for more of it once it is completed."""

    code = "image_unfinished"
    status = 409
    retry = True


class ImageUnusableError(Rejected):
    """The image failed, so that nothing more can be made of it; the message says what to do."""

    code = "image_unusable"
    status = 409


class OriginalGoneError(Rejected):
    """The image's original is not here any more, so that nothing more can be made of it."""

    code = "original_gone"
    status = 409


class RenditionNameTakenError(Rejected):
    """The image has a rendition of this name that was made otherwise: choose another name."""

    code = "rendition_name_taken"
    status = 409


class TooManyRenditionsError(Rejected):
    """The image has as many renditions as it may: have CALOTYPE_IMAGE_MAX_RENDITIONS raised."""

    code = "too_many_renditions"
    status = 409


class RenditionFailedError(Rejected):
    """What was asked for cannot be made of the image, which stays as it was; the code says why."""

    code = "rendition_failed"

    def __init__(self, event: ImageFailed) -> None:
        about = {"imageId": event.image_id, "requestId": event.request_id}
        super().__init__(event.failure.message, about=about)
        self.code = event.failure.code
        self.headers = {"Location": status_path(event.image_id)}
