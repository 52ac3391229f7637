"""What a ZIP's directory alone gives away, before a byte of it is unpacked."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from calotype_ingest.errors import (
    UploadTooLargeError,
    WorkbookSentError,
    ZipBombError,
    ZipWithoutImagesError,
)
from calotype_ingest.zip_format import LOCAL_BYTES, Member
from calotype_ingest.zip_names import is_litter

# Folders, and what file managers leave, count for nothing, and yet not without an end.
_RECORDS_A_FILE = 4
_MORE_RECORDS = 1000
# Entries of an honest archive lie side by side, so that together they fit into it. Twice that is
# let through: a damaged size of one is no reason to refuse the others.
_MOST_TIMES_OVER = 2
# What spreadsheet programs save is a ZIP as well; some have pictures in it.
_WORKBOOKS: Mapping[str, frozenset[str]] = {
    "an Excel workbook": frozenset({"[Content_Types].xml", "xl/"}),
    "an OpenDocument file": frozenset({"mimetype", "content.xml", "META-INF/manifest.xml"}),
    "a Numbers document": frozenset({"Index/Document.iwa"}),
}
_MARKS = frozenset[str]().union(*_WORKBOOKS.values())


@dataclass(slots=True)
class _Seen:
    room: int
    most: int
    records: int = 0
    files: int = 0
    claimed: int = 0
    marks: set[str] = field(default_factory=set)

    def add(self, member: Member) -> None:
        self.records += 1
        self.files += not is_litter(member.name)
        if self.files > self.most or self.records > _RECORDS_A_FILE * self.most + _MORE_RECORDS:
            raise UploadTooLargeError(
                f"The ZIP has more than {self.most} files, or as good as; send fewer at once, or"
                " have CALOTYPE_JOB_MAX_IMAGES raised."
            )
        # One that does not fit by itself is only damaged.
        if member.offset + LOCAL_BYTES + member.packed_bytes <= self.room:
            self.claimed += LOCAL_BYTES + member.packed_bytes
        if self.claimed > _MOST_TIMES_OVER * self.room:
            raise ZipBombError(
                "The ZIP's files lie over one another, as if to overwhelm who unpacks it: make it"
                " again with another program."
            )
        self.marks |= {member.name, member.name[:3]} & _MARKS

    def check(self) -> None:
        for what, marks in _WORKBOOKS.items():
            if marks <= self.marks:
                raise WorkbookSentError(
                    f"This is {what}, not a ZIP of images: save the sheet as CSV, and send that."
                )
        if not self.files:
            raise ZipWithoutImagesError("The ZIP has no files in it; put the images in.")


async def survey(members: AsyncIterator[Member], *, room: int, most: int) -> None:
    """Refuse too many files, files that overlap, no files, and what is a workbook.

    room is how many bytes of the archive are not its directory. Raises UploadTooLargeError,
    ZipBombError, ZipWithoutImagesError, WorkbookSentError.
    """
    seen = _Seen(room=room, most=most)
    async for member in members:
        seen.add(member)
    seen.check()
