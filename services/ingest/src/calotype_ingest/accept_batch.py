"""Accept many images that come in as one file: a CSV, a ZIP or a JSON list of URLs."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from calotype_core.asking import with_watermarks
from calotype_core.domain.events import ImageAccepted, JobAccepted
from calotype_core.domain.ids import derive_id
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.manifest import Entry, manifest_key, sheet_key
from calotype_core.domain.sheets import Report, Sheet, SheetError, check, dump, open_sheet, rows
from calotype_core.threads import at_length, in_thread, reader_of
from calotype_ingest import manifest
from calotype_ingest.asked import Asked
from calotype_ingest.door import Door
from calotype_ingest.errors import InvalidFocalPointError, InvalidSheetError
from calotype_ingest.inflate import EntryLimits
from calotype_ingest.list_watermarks import list_with_watermarks
from calotype_ingest.settings import IngestSettings
from calotype_ingest.sources import Kind, Source
from calotype_ingest.unpack import Unpacking, ZipLimits
from calotype_ingest.url_list import LONGEST_LIST_BYTES, UrlList, name_in, read_url_list


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What a source came to: its event, and for a CSV, what was found in it."""

    event: JobAccepted | ImageAccepted
    report: Report | None = None


@dataclass(kw_only=True, slots=True)
class Reading:
    """A source on its way to being a job; what it stores besides can be taken back."""

    door: Door
    source: Source
    job_id: str
    asked: Asked
    _unpacking: Unpacking | None = field(default=None, init=False)

    async def read(self) -> Batch:
        """Store the job's manifest, and return what is to be announced.

        Raises InvalidSheetError and what else is wrong with a source.
        """
        match self.source.kind:
            case Kind.CSV:
                return await self._read_sheet()
            case Kind.ZIP:
                return await self._read_archive()
            case _:
                return await self._read_list()

    async def take_back(self) -> None:
        """Remove what was stored besides the source itself."""
        if self._unpacking is not None:
            await self._unpacking.take_back()
        for key in (manifest_key(self.job_id), sheet_key(self.job_id)):
            await self.door.objects.delete(key)

    async def _read_sheet(self) -> Batch:
        objects, rules = self.door.objects, self.door.sheets
        read = reader_of(objects, self.source.key)

        def look() -> tuple[Sheet, Report]:
            sheet = open_sheet(read, rules, charset=self.source.charset)
            return sheet, check(read(), sheet, rules)

        try:
            sheet, report = await at_length(look)
        except SheetError as error:
            raise InvalidSheetError.of_sheet(error) from None
        if report.problem_count and (self.asked.strict or not report.images):
            raise InvalidSheetError.of_cells(report)
        instructions = await self._asked_for()
        if self.asked.dry_run:
            return Batch(event=self._job(report.images, instructions), report=report)
        await objects.put(
            sheet_key(self.job_id), _once(dump(sheet)), content_type="application/json"
        )
        await self._keep(in_thread(_entries_of(sheet, read())))
        return Batch(event=self._job(report.images, instructions), report=report)

    async def _read_archive(self) -> Batch:
        instructions = await self._asked_for()  # first, since unpacking takes the longest
        self._unpacking = Unpacking(
            objects=self.door.objects,
            archive_key=self.source.key,
            request_id=self.job_id,
            encoding=self.door.settings.zip_encoding,
            limits=_limits(self.door.settings),
        )
        total = 0

        async def counted(entries: AsyncIterable[Entry]) -> AsyncIterator[Entry]:
            nonlocal total
            async for entry in entries:
                total += 1
                yield entry

        async with aclosing(self._unpacking.entries()) as entries:
            await self._keep(counted(entries))
        if not self.asked.dry_run:
            await self.door.objects.delete(self.source.key)  # every image of it is kept by itself
        return Batch(event=self._job(total, instructions))

    async def _read_list(self) -> Batch:
        settings = self.door.settings
        beginning = self.door.objects.get(self.source.key, stop=LONGEST_LIST_BYTES + 1)
        body = b"".join([chunk async for chunk in beginning])
        presets, most = self.door.defaults.presets, settings.job_max_images
        listed = await at_length(
            lambda: read_url_list(
                body, presets=presets, most=most, callbacks=settings, accepts=self.asked.accepts
            )
        )
        listed = await list_with_watermarks(listed, self.door.objects)
        if listed.single:
            await self.door.objects.delete(self.source.key)
            return Batch(event=await self._image(listed))
        if self.asked.focal_point:
            raise InvalidFocalPointError.of_several()
        instructions = await self._asked_for(listed)
        await self._keep(_each(listed.entries))
        return Batch(event=self._job(len(listed.entries), instructions, listed))

    async def _keep(self, entries: AsyncIterable[Entry]) -> None:
        await manifest.write(self.door.objects, self.job_id, entries)

    async def _asked_for(self, listed: UrlList | None = None) -> Instructions:
        """Return what is made of each image that has no instructions of its own."""
        of_list = listed.instructions if listed else None
        asked = self.asked.instructions or of_list or self._default()
        return await with_watermarks(asked, self.door.objects)

    def _job(
        self, total: int, instructions: Instructions, listed: UrlList | None = None
    ) -> JobAccepted:
        return JobAccepted(
            job_id=self.job_id,
            total=total,
            manifest_key=manifest_key(self.job_id),
            instructions=instructions,
            callback_url=self.asked.callback_url or (listed.callback_url if listed else None),
            kind=self.source.kind,
            name=self.source.name,
            accepted_at=self.door.clock.now(),
        )

    async def _image(self, listed: UrlList) -> ImageAccepted:
        [entry] = listed.entries
        told = entry.instructions
        own = parse_instructions(told, self.door.defaults.presets) if told else None
        return ImageAccepted(
            image_id=derive_id(self.job_id, 0),
            url=entry.url,
            filename=entry.filename,
            instructions=own or await self._asked_for(),
            focal_point=listed.focal_point or self.asked.focal_point,
            callback_url=listed.callback_url or self.asked.callback_url,
            accepted_at=self.door.clock.now(),
        )

    def _default(self) -> Instructions:
        defaults = self.door.defaults
        return defaults.csv if self.source.kind is Kind.CSV else defaults.image


def _limits(settings: IngestSettings) -> ZipLimits:
    entry = EntryLimits(
        max_bytes=settings.upload_max_bytes, max_ratio=settings.zip_max_ratio, svg=settings.svg
    )
    return ZipLimits(
        images=settings.job_max_images, total_bytes=settings.request_max_bytes, entry=entry
    )


def _entries_of(sheet: Sheet, chunks: Iterator[bytes]) -> Iterator[Entry]:
    position = 0
    for row in rows(chunks, sheet):
        for url in row.urls:
            yield Entry(position=position, filename=name_in(url), url=url)
            position += 1


async def _each(entries: Sequence[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
