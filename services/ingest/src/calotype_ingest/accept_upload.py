"""Accept an upload: store, then announce, then answer. What gets no answer has promised nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from calotype_core import codec, logs
from calotype_core.asking import with_watermarks
from calotype_core.domain.events import ImageAccepted, JobAccepted, subject_of
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image_formats import readable, sendable, unreadable
from calotype_core.domain.manifest import Entry, manifest_key
from calotype_core.domain.sheets import Report
from calotype_core.failpoints import reach
from calotype_core.metric_defs import UPLOAD_BYTES_TOTAL
from calotype_core.ports.object_store import StoreFullError
from calotype_ingest import claims, manifest
from calotype_ingest.accept_batch import Reading
from calotype_ingest.asked import Asked
from calotype_ingest.claims import AnsweredBefore
from calotype_ingest.door import Door
from calotype_ingest.errors import (
    EmptyFileError,
    InvalidFocalPointError,
    NothingSentError,
    UnsupportedMediaError,
    UploadTooLargeError,
)
from calotype_ingest.originals import Intake
from calotype_ingest.parts import FieldPart, Part
from calotype_ingest.sources import Kind

_log = logs.get_logger(__name__)
Acceptance = ImageAccepted | JobAccepted
TakeBack = Callable[[], Awaitable[None]]


async def _keep() -> None:
    """Take nothing back: somebody else may need it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A promise about to be made: its event, and how to undo what no promise but this one needs.

    report is what was found in a CSV. A dry run is no promise: nothing was kept of it.
    """

    event: Acceptance
    report: Report | None = None
    idempotency_key: str | None = None
    take_back: TakeBack = _keep
    dry_run: bool = False


async def receive_upload(
    door: Door,
    parts: AsyncIterator[Part],
    *,
    read: Callable[[Mapping[str, str]], Asked],
    query: Mapping[str, str],
    idempotency_key: str | None,
) -> Accepted | AnsweredBefore:
    """Store what the request holds and return what it comes to; announce() then promises it.

    One image is an image; several, a CSV, a ZIP or a list are a job. On any refusal, and in a dry
    run, nothing stays in the store.
    """
    read(query)  # what is wrong in the URL is said before a single byte is stored
    intake = Intake(objects=door.objects, request_id=door.ids.new(), settings=door.settings)
    try:
        fields = await _take_all(parts, intake, door.settings.request_max_files)
        asked = read({**query, **fields})
        _check(intake)
        _check_focal_point(intake, asked)
        if asked.dry_run:
            accepted = await _accept(door, intake, intake.request_id, asked)
            await accepted.take_back()
            return replace(accepted, take_back=_keep, dry_run=True)
        if idempotency_key is None:
            return await _accept(door, intake, intake.request_id, asked)
        return await _once(door, intake, asked, idempotency_key)
    except BaseException:
        await intake.take_back()
        raise


async def _take_all(parts: AsyncIterator[Part], intake: Intake, most: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    async with aclosing(parts) as closing:  # type: ignore[type-var]  # our parts are generators
        async for part in closing:
            if isinstance(part, FieldPart):
                fields[part.name] = part.value
            elif len(intake.arrived) >= most:
                raise UploadTooLargeError(
                    f"The request has more than {most} images; send fewer at once, or have"
                    " CALOTYPE_REQUEST_MAX_FILES raised."
                )
            else:
                await intake.take(part)
    return fields


def _check(intake: Intake) -> None:
    """Refuse what a single upload can be refused for; a job's files fail one by one, later."""
    if intake.source:
        return
    if not intake.arrived:
        raise NothingSentError(
            "No image was sent. Send the bytes as the body, or as the multipart field 'file'."
        )
    if len(intake.arrived) > 1:
        return
    [one] = intake.arrived
    if one.original.size_bytes == 0:
        raise EmptyFileError("The file is empty: it has no bytes. Send the image itself.")
    svg = intake.settings.svg
    if one.format not in readable(svg=svg):
        raise UnsupportedMediaError(
            f"The file{f' {one.filename!r}' if one.filename else ''} is {unreadable(one.format)},"
            f" whatever its name says. Send one of: {sendable(svg=svg)}."
        )


def _check_focal_point(intake: Intake, asked: Asked) -> None:
    # A list of URLs may turn out to be one: it is looked at when it is read.
    source = intake.source and intake.source.kind is not Kind.URLS
    if asked.focal_point and (source or len(intake.arrived) > 1):
        raise InvalidFocalPointError.of_several()


async def _once(door: Door, intake: Intake, asked: Asked, key: str) -> Accepted | AnsweredBefore:
    """Return the promise to make, under the ids of the first request with this key."""
    told = [asked.instructions.canonical() if asked.instructions else None, asked.callback_url]
    focus = (asked.focal_point.x, asked.focal_point.y) if asked.focal_point else ()
    claimed = await claims.claim(door, intake, key, told=[*told, asked.strict, *focus])
    if isinstance(claimed, AnsweredBefore):
        return claimed
    accepted = await _accept(door, intake, claimed, asked)
    return replace(accepted, idempotency_key=key, take_back=_keep)


async def _accept(door: Door, intake: Intake, request_id: str, asked: Asked) -> Accepted:
    if intake.source is not None:
        reading = Reading(door=door, source=intake.source, job_id=request_id, asked=asked)
        return await _accept_batch(reading, intake)
    event = await _event(door, intake, request_id, asked)

    async def take_back() -> None:
        await intake.take_back()
        if isinstance(event, JobAccepted):
            await door.objects.delete(event.manifest_key)

    return Accepted(event=event, take_back=take_back)


async def _accept_batch(reading: Reading, intake: Intake) -> Accepted:
    try:
        batch = await reading.read()
    except BaseException:
        if reading.job_id == intake.request_id:  # else it may be what another request has promised
            await reading.take_back()
        raise

    async def take_back() -> None:
        await reading.take_back()
        await intake.take_back()

    return Accepted(event=batch.event, report=batch.report, take_back=take_back)


async def _event(door: Door, intake: Intake, request_id: str, asked: Asked) -> Acceptance:
    now = door.clock.now()
    instructions = await with_watermarks(asked.instructions or door.defaults.image, door.objects)
    if len(intake.arrived) > 1:
        await manifest.write(door.objects, request_id, _entries(intake))
        return JobAccepted(
            job_id=request_id,
            total=len(intake.arrived),
            manifest_key=manifest_key(request_id),
            instructions=instructions,
            callback_url=asked.callback_url,
            accepted_at=now,
        )
    return ImageAccepted(
        image_id=derive_id(request_id, 0),
        original=intake.arrived[0].original,
        filename=intake.arrived[0].filename,
        instructions=instructions,
        focal_point=asked.focal_point,
        callback_url=asked.callback_url,
        accepted_at=now,
    )


async def _entries(intake: Intake) -> AsyncIterator[Entry]:
    for one in intake.arrived:
        yield Entry(position=one.position, filename=one.filename, original=one.original)


async def announce(door: Door, accepted: Accepted) -> None:
    """Make the promise: once this returns, the upload survives anything. Raises Unavailable.

    Where it was certainly not made, for want of room, the objects are taken back: they need it.
    """
    event = accepted.event
    reach("ingest.stored")
    try:
        await door.log.append([codec.encode(event, now=door.clock.now())])
    except StoreFullError:
        await accepted.take_back()
        raise
    reach("ingest.promised")
    _log.debug("accepted", **subject_of(event))
    if isinstance(event, ImageAccepted) and event.original:
        door.metrics.add(UPLOAD_BYTES_TOTAL, event.original.size_bytes)
