"""A job's results as CSV, made while they are sent: nothing of them is stored, or held as a whole.

what came in ── some lines ── their images' places in the job ── the same lines, with results
└── in a thread ────────────┘                                  └── in a thread ─────────────┘
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from calotype_core.domain.image import Failure
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.manifest import input_key, manifest_key, sheet_key
from calotype_core.domain.sheets import (
    RUNNING,
    FailedWriter,
    ListWriter,
    Outcome,
    OutputWriter,
    Row,
    Sheet,
    load,
    rows,
)
from calotype_core.links import image_url
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.object_store import ObjectStore
from calotype_core.threads import at_length, reader_of

# At once, whichever comes first: a row may have a hundred images, or a million characters.
_LINES, _IMAGES, _CHARACTERS = 500, 1000, 1_000_000


@dataclass(frozen=True, slots=True)
class _Line:
    """A line to be: how many images it tells of, about how long it is, and what writes it."""

    images: int
    characters: int
    write: Callable[[Sequence[Outcome]], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobResults:
    """The results of one job so far; base is the origin of the URLs in them.

    Everything raises ObjectMissingError, Unavailable.
    """

    job: JobRecord
    base: str
    keep_failed: bool
    jobs: JobReader
    objects: ObjectStore

    async def sheet(self) -> Sheet | None:
        """Return how the job's CSV is read, or None where it came in as something else."""
        if self.job.kind != "csv":
            return None
        chunks = self.objects.get(sheet_key(self.job.job_id))
        return load(b"".join([chunk async for chunk in chunks]))

    def output(self, sheet: Sheet | None) -> AsyncGenerator[bytes]:
        """Yield every row, with its images' URLs and errors."""
        if sheet is not None:
            return self._rows(sheet, OutputWriter(sheet, keep_failed=self.keep_failed))
        return self._listed(lambda _: True)

    def failed(self, sheet: Sheet | None) -> AsyncGenerator[bytes]:
        """Yield the rows that have failed images, with those alone."""
        if sheet is not None:
            return self._rows(sheet, FailedWriter(sheet))
        return self._listed(lambda outcome: outcome.failure is not None)

    def _rows(self, sheet: Sheet, writer: OutputWriter | FailedWriter) -> AsyncGenerator[bytes]:
        read = reader_of(self.objects, input_key(self.job.job_id, "csv"))
        lines = (_line_of(row, writer) for row in rows(read(), sheet))
        return self._written(writer.header(), lines)

    def _listed(self, is_wanted: Callable[[Outcome], bool]) -> AsyncGenerator[bytes]:
        writer = ListWriter(keep_failed=self.keep_failed)

        def write(entry: Mapping[str, Any], outcomes: Sequence[Outcome]) -> bytes:
            [outcome] = outcomes
            told = entry.get("filename"), entry.get("url")
            return writer.row(*told, outcome) if is_wanted(outcome) else b""

        read = reader_of(self.objects, manifest_key(self.job.job_id))
        lines = (_Line(1, 0, partial(write, entry)) for entry in _entries(read()))
        return self._written(writer.header(), lines)

    async def _written(self, header: bytes, lines: Iterator[_Line]) -> AsyncGenerator[bytes]:
        """Yield the lines, each with the outcomes of its images: positions count over all lines."""
        yield header
        position = 0
        while batch := await at_length(partial(_some_of, lines)):
            images = sum(one.images for one in batch)
            items = await self._items(position, images)
            if piece := await at_length(partial(self._write, batch, items, position)):
                yield piece
            position += images

    async def _items(self, start: int, limit: int) -> Sequence[JobItem]:
        return await self.jobs.items(self.job.job_id, start=start, limit=limit) if limit else ()

    def _write(self, batch: Sequence[_Line], items: Sequence[JobItem], start: int) -> bytes:
        known = {item.position: self._outcome(item) for item in items}
        written: list[bytes] = []
        for line in batch:
            stop = start + line.images
            written.append(line.write([known.get(one, RUNNING) for one in range(start, stop)]))
            start = stop
        return b"".join(written)

    def _outcome(self, item: JobItem) -> Outcome:
        if item.status is Status.COMPLETED:
            return Outcome(url=image_url(self.base, item.image_id))
        if item.status is Status.FAILED:
            message = item.failure_message or ""
            return Outcome(failure=Failure(code=item.failure_code or "", message=message))
        return RUNNING


def _line_of(row: Row, writer: OutputWriter | FailedWriter) -> _Line:
    return _Line(len(row.urls), sum(map(len, row.cells)), partial(writer.row, row))


def _some_of(lines: Iterator[_Line]) -> Sequence[_Line]:
    """Return the next lines, none at the end."""
    batch: list[_Line] = []
    images = characters = 0
    for line in lines:
        batch.append(line)
        images += line.images
        characters += line.characters
        if len(batch) == _LINES or images >= _IMAGES or characters >= _CHARACTERS:
            break
    return batch


def _entries(chunks: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the manifest's entries as they are written: those of older versions are others."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(json.loads, lines)
