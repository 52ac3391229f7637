"""What a file of a request is: an image, or what many images come in as."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from calotype_core.domain.manifest import input_key

_SHEET_TYPES = {"text/csv", "application/csv", "text/tab-separated-values"}
_SHEET_NAMES = (".csv", ".tsv")
_ARCHIVE_HEADS = (b"PK\x03\x04", b"PK\x05\x06")  # the second: of an archive that is empty
_ARCHIVE_TYPES = {"application/zip", "application/x-zip-compressed"}


class Kind(StrEnum):
    """What a file is taken for; a job is of the kind that its images came in as."""

    IMAGE = "files"
    CSV = "csv"
    ZIP = "zip"
    URLS = "urls"


CONTENT_TYPES = {
    Kind.CSV: "text/csv",
    Kind.ZIP: "application/zip",
    Kind.URLS: "application/json",
}
_EXTENSIONS = {Kind.CSV: "csv", Kind.ZIP: "zip", Kind.URLS: "json"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What many images came in as, in the store: its key, its file's name, its SHA-256 in hex."""

    kind: Kind
    key: str
    name: str | None
    charset: str | None
    sha256: str


def source_key(job_id: str, kind: Kind) -> str:
    """Return where what a job came in as is kept."""
    return input_key(job_id, _EXTENSIONS[kind])


def kind_of(filename: str | None, content_type: str, head: bytes) -> Kind:
    """Return what a file is: a ZIP by its bytes, a CSV and a list by what they are called."""
    said = content_type.partition(";")[0].strip().lower()
    name = (filename or "").lower()
    if said in _SHEET_TYPES or name.endswith(_SHEET_NAMES):
        return Kind.CSV
    if head.startswith(_ARCHIVE_HEADS) or said in _ARCHIVE_TYPES or name.endswith(".zip"):
        return Kind.ZIP
    if said == "application/json" or (name.endswith(".json") and not said.startswith("image/")):
        return Kind.URLS
    return Kind.IMAGE


async def peek(chunks: AsyncIterator[bytes], least: int) -> tuple[bytes, AsyncIterator[bytes]]:
    """Return the first bytes, at least so many where there are, and the chunks with them."""
    head = b""
    while len(head) < least and (chunk := await anext(chunks, None)) is not None:
        head += chunk

    async def all_of_them() -> AsyncIterator[bytes]:
        if head:
            yield head
        async for chunk in chunks:
            yield chunk

    return head, all_of_them()
