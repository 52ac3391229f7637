"""What can be wrong with an upload."""

from collections.abc import Mapping, Sequence

from calotype_core.domain.problems import Problem
from calotype_core.domain.sheets import Report, SheetError, SheetProblem
from calotype_core.errors import MalformedRequestError, NotFoundError, Rejected
from calotype_core.links import status_path


class NothingSentError(MalformedRequestError):
    """The request has no image in it."""

    code = "nothing_sent"


class MalformedMultipartError(MalformedRequestError):
    """The multipart body ends early or breaks its own rules."""

    code = "malformed_multipart"


class EmptyFileError(Rejected):
    """The file has no bytes."""

    code = "empty_file"


class MixedUploadError(Rejected):
    """A CSV, a ZIP or a list of URLs did not come alone; each is a job of its own."""

    code = "mixed_upload"


class InvalidSheetError(Rejected):
    """Cells of the CSV have problems; each says its row, its column and what is wrong."""

    code = "invalid_csv"

    @classmethod
    def of_sheet(cls, error: SheetError) -> "InvalidSheetError":
        """Return what is said of a file that can be no job at all."""
        refused = cls(
            f"The CSV cannot be used: {error.message}.", about=_told(error.problems, None)
        )
        refused.code = error.code
        return refused

    @classmethod
    def of_cells(cls, report: Report) -> "InvalidSheetError":
        """Return what is said of rows with problems."""
        first, count = report.problems[0], report.problem_count
        return cls(
            f"The CSV has {count} problem{'s' if count > 1 else ''}, so that nothing of it was"
            f" accepted; the first, in row {first.row}: {first}. Mend them, or send it with"
            " strict=false to leave those rows out.",
            about=_told(report.problems, count),
        )


def _told(problems: Sequence[SheetProblem], count: int | None) -> Mapping[str, object]:
    return {
        "errors": [{"row": one.row, "column": one.column, "issue": one.issue} for one in problems],
        "errorCount": count or len(problems),
    }


class JobRunningError(Rejected):
    """The job has images that are not done yet; wait for them, or cancel it first."""

    code = "job_running"
    status = 409
    retry = True


class JobFinishedError(Rejected):
    """The job is finished, so that nothing of it is left to cancel."""

    code = "job_finished"
    status = 409


class NothingFailedError(Rejected):
    """No image of the job has failed, or not of these causes, so there is nothing to retry."""

    code = "nothing_failed"
    status = 409


class UploadTooLargeError(Rejected):
    """The upload is over a limit; nothing of it was kept."""

    code = "upload_too_large"
    status = 413


class UploadStalledError(Rejected):
    """The client paused for too long in the middle of its upload; nothing of it was kept."""

    code = "upload_stalled"
    status = 408
    retry = True


class UnsupportedMediaError(Rejected):
    """The file is none of the image formats that can be read, whatever its name says."""

    code = "unsupported_media_type"
    status = 415


class InvalidWatermarkNameError(Rejected):
    """A watermark cannot be called so."""

    code = "invalid_watermark_name"


class UnknownWatermarkError(NotFoundError):
    """No watermark is stored under this name."""

    code = "unknown_watermark"


class TooManyWatermarksError(Rejected):
    """As many watermarks are stored as there may be; delete one that is not needed first."""

    code = "too_many_watermarks"
    status = 409


class NotAZipError(Rejected):
    """What was sent as a ZIP is none, or its directory cannot be read: it is cut off or damaged."""

    code = "not_a_zip"


class ZipBombError(Rejected):
    """The ZIP's entries lie over one another, as none does that was not made to do harm."""

    code = "zip_bomb"


class ZipWithoutImagesError(Rejected):
    """No file in the ZIP is an image that can be read; the problems say what each is."""

    code = "zip_without_images"


class EntryEncryptedError(Rejected):
    """The file in the ZIP is encrypted, and nobody is asked for its password."""

    code = "entry_encrypted"


class EntryDamagedError(Rejected):
    """The file in the ZIP is cut off, or is not what its checksum and its size say."""

    code = "entry_damaged"


class EntryCompressionError(Rejected):
    """The file in the ZIP is compressed in a way that is not read: only Deflate, or none, is."""

    code = "entry_compression_unsupported"


class EntryInflatesError(Rejected):
    """The file in the ZIP unpacks to a multiple of its size there that is not allowed."""

    code = "entry_inflates_too_far"


class ImageTooLargeError(Rejected):
    """The image has more bytes than an image may have; those beside it are taken."""

    code = "image_too_large"


class WorkbookSentError(Rejected):
    """A workbook of a spreadsheet program was sent, where its sheet saved as CSV is wanted."""

    code = "workbook_sent"


class InvalidUrlListError(Rejected):
    """The list of URLs has problems; each says where, what was expected and what came."""

    code = "invalid_url_list"


class PresignUnsupportedError(Rejected):
    """The store is none that clients can send to themselves: use POST /upload."""

    code = "presign_unsupported"
    status = 501


class InvalidFocalPointError(Rejected):
    """The focal point is no pair of parts from 0 to 1, or came with more than one image."""

    code = "invalid_focal_point"

    @classmethod
    def of_several(cls) -> "InvalidFocalPointError":
        """Return what is said where it came with a job."""
        expected = "one image, since every image has a focal point of its own"
        return cls(
            "The focalPoint came with several images: send the image that it is of by itself, or"
            " give a crop of the instructions a focalPoint.",
            problems=[Problem(path="focalPoint", expected=expected, got="several")],
        )


class IdempotencyConflictError(Rejected):
    """The Idempotency-Key was used before, for something else."""

    code = "idempotency_key_reused"


class ImageFailedError(Rejected):
    """The image was accepted, and could not be processed; the code says why, as its status does."""

    code = "image_failed"

    def __init__(self, message: str, *, code: str, image_id: str) -> None:
        super().__init__(message, about={"imageId": image_id})
        self.code = code
        self.headers = {"Location": status_path(image_id)}


class ClientGoneError(MalformedRequestError):
    """The client went away in the middle of its request; nothing of it was kept."""

    code = "client_gone"
