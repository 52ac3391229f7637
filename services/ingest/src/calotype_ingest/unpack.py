"""A ZIP's images become originals, some at a time, and are told of in the archive's order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Original
from calotype_core.domain.image_formats import sendable
from calotype_core.domain.manifest import Entry
from calotype_core.domain.problems import Problem
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.archive import Archive
from calotype_ingest.errors import UploadTooLargeError, ZipWithoutImagesError
from calotype_ingest.inflate import EntryLimits, Inflater, UnfitError
from calotype_ingest.originals import original_key
from calotype_ingest.survey import survey
from calotype_ingest.zip_format import Member
from calotype_ingest.zip_names import OF_OLD, clean_path, is_litter

# So that a store across a network is not waited for as often as there are images; each may hold in
# memory what one upload to the store holds.
AT_ONCE = 8
MOST_PROBLEMS = 1000  # nobody reads more


class _StoppedError(Exception):
    """The archive has been given up: what is on its way into the store goes no further."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ZipLimits:
    """What an archive may come to: so many images, and so many bytes when all are unpacked."""

    images: int
    total_bytes: int
    entry: EntryLimits


@dataclass(slots=True, kw_only=True)
class Unpacking:
    """One archive on its way into the store, and out of it again where it is refused.

    encoding is that of names which are not UTF-8 and do not say what they are.
    """

    objects: ObjectStore
    archive_key: str
    request_id: str
    limits: ZipLimits
    encoding: str = OF_OLD
    _begun: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)
    _stopped: bool = field(default=False, init=False)
    _on_their_way: deque["asyncio.Task[Entry]"] = field(default_factory=deque, init=False)

    async def entries(self) -> AsyncGenerator[Entry, None]:
        """Yield an entry a file: an original that is in the store, or a failure that says why not.

        Positions count from 0, without folders and what file managers leave. Raises NotAZipError,
        ZipBombError, WorkbookSentError, UploadTooLargeError and ZipWithoutImagesError, and what the
        store raises. After an error, or where the caller stops early, take_back must be called.
        """
        archive = await Archive.open(self.objects, self.archive_key, encoding=self.encoding)
        async with aclosing(archive.members()) as members:
            await survey(members, room=archive.directory.start, most=self.limits.images)
        unfit: list[Problem] = []
        images = 0
        async with aclosing(self._in_order(archive)) as entries:
            async for entry in entries:
                images += entry.original is not None
                if not images and len(unfit) < MOST_PROBLEMS:
                    unfit.append(_problem(entry))
                yield entry
        if not images:
            raise ZipWithoutImagesError(
                f"Of {self._begun} files in the ZIP none is an image that can be read; the problems"
                f" say why. Send one of: {sendable(svg=self.limits.entry.svg)}.",
                problems=unfit,
            )

    async def take_back(self) -> None:
        """Remove what was stored of an archive that is refused, and let nothing more in."""
        await self._settle()
        for first in range(0, self._begun, AT_ONCE):
            positions = range(first, min(first + AT_ONCE, self._begun))
            await asyncio.gather(*(self.objects.delete(self._key(one)) for one in positions))

    async def _settle(self) -> None:
        # Not cancelled: a request to the store that is on its way may arrive after all, and what it
        # stored would then never be taken back.
        self._stopped = True
        await asyncio.shield(asyncio.gather(*self._on_their_way, return_exceptions=True))

    async def _in_order(self, archive: Archive) -> AsyncGenerator[Entry, None]:
        try:
            async with aclosing(archive.members()) as members:
                async for member in members:
                    if is_litter(member.name):
                        continue
                    self._begin(archive, member)
                    if len(self._on_their_way) == AT_ONCE:
                        yield await self._next()
            while self._on_their_way:
                yield await self._next()
        finally:
            await self._settle()

    def _begin(self, archive: Archive, member: Member) -> None:
        taking = self._take(archive, member, self._begun)
        self._on_their_way.append(asyncio.create_task(taking))
        self._begun += 1

    async def _next(self) -> Entry:
        entry = await asyncio.shield(self._on_their_way[0])
        self._on_their_way.popleft()
        return entry

    async def _take(self, archive: Archive, member: Member, position: int) -> Entry:
        filename, key = clean_path(member.name), self._key(position)
        try:
            inflater = Inflater(member, self.limits.entry)
            content = self._content(archive, member, inflater)
            stored = await self.objects.put(key, content, content_type="application/octet-stream")
        except UnfitError as error:
            return Entry(position=position, filename=filename, failure=error.failure)
        original = Original(key=key, size_bytes=stored.size_bytes, sha256=stored.sha256)
        return Entry(position=position, filename=filename, original=original)

    async def _content(
        self, archive: Archive, member: Member, inflater: Inflater
    ) -> AsyncGenerator[bytes, None]:
        async with aclosing(archive.packed(member)) as blocks:
            async for block in blocks:
                yield await self._piece(inflater, block)
                while inflater.is_full:
                    yield await self._piece(inflater, b"")
        inflater.finish()

    async def _piece(self, inflater: Inflater, packed: bytes) -> bytes:
        piece = await asyncio.to_thread(inflater.feed, packed)
        self._total += len(piece)
        if self._stopped:
            raise _StoppedError
        if self._total > self.limits.total_bytes:
            raise UploadTooLargeError(
                f"The ZIP's images are over the limit of {self.limits.total_bytes} bytes together;"
                " send fewer at once, or have CALOTYPE_REQUEST_MAX_BYTES raised."
            )
        return piece

    def _key(self, position: int) -> str:
        return original_key(derive_id(self.request_id, position))


def _problem(entry: Entry) -> Problem:
    told = entry.failure.message if entry.failure else ""
    return Problem(path=entry.filename or f"[{entry.position}]", expected="an image", got=told)
