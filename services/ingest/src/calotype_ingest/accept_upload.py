"""Accept an upload: store, then announce, then answer. What gets no answer has promised nothing."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from calotype_core import codec, logs
from calotype_core.domain.events import ImageAccepted, JobAccepted, subject_of
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image_formats import READABLE
from calotype_core.failpoints import reach
from calotype_core.metric_defs import UPLOAD_BYTES_TOTAL
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.idempotency import Claim, IdempotencyKeys
from calotype_core.ports.ids import Ids
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore, StoreFullError
from calotype_ingest import manifest
from calotype_ingest.asked import Asked
from calotype_ingest.errors import (
    EmptyFileError,
    IdempotencyConflictError,
    NothingSentError,
    UnsupportedMediaError,
    UploadTooLargeError,
)
from calotype_ingest.originals import Arrived, Intake, original_key
from calotype_ingest.parts import FieldPart, Part
from calotype_ingest.settings import IngestSettings

_log = logs.get_logger(__name__)
Acceptance = ImageAccepted | JobAccepted


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A promise about to be made: its event, and the earlier answer to the same request if any."""

    event: Acceptance
    idempotency_key: str | None = None
    answered_before: str | None = None
    stored: Sequence[str] = ()  # the objects that no promise but this one needs


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """What accepting an upload needs of the world."""

    objects: ObjectStore
    log: EventLog
    keys: IdempotencyKeys
    ids: Ids
    clock: Clock
    metrics: Metrics
    settings: IngestSettings


async def receive_upload(
    door: Door,
    parts: AsyncIterator[Part],
    *,
    read: Callable[[Mapping[str, str]], Asked],
    query: Mapping[str, str],
    idempotency_key: str | None,
) -> Accepted:
    """Store what the request holds and return what it comes to; announce() then promises it.

    One file is an image, several are a job. On any refusal nothing stays in the store.
    """
    read(query)  # what is wrong in the URL is said before a single byte is stored
    intake = Intake(
        objects=door.objects,
        request_id=door.ids.new(),
        file_max_bytes=door.settings.upload_max_bytes,
        request_max_bytes=door.settings.request_max_bytes,
    )
    try:
        fields = await _take_all(parts, intake, door.settings.request_max_files)
        asked = read({**query, **fields})
        _check(intake.arrived)
        return await _claim(door, intake, asked, idempotency_key)
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


def _check(arrived: Sequence[Arrived]) -> None:
    """Refuse what a single upload can be refused for; a job's files fail one by one, later."""
    if not arrived:
        raise NothingSentError(
            "No image was sent. Send the bytes as the body, or as the multipart field 'file'."
        )
    if len(arrived) > 1:
        return
    [one] = arrived
    if one.original.size_bytes == 0:
        raise EmptyFileError("The file is empty: it has no bytes. Send the image itself.")
    if one.format not in READABLE:
        kind = f"{one.format.upper()}, which this version cannot read" if one.format else "no image"
        raise UnsupportedMediaError(
            f"The file{f' {one.filename!r}' if one.filename else ''} is {kind}, whatever its name"
            f" says. Send one of: {', '.join(one.upper() for one in READABLE)}."
        )


async def _claim(door: Door, intake: Intake, asked: Asked, key: str | None) -> Accepted:
    """Return the promise to make, which is the earlier one where the key was used before."""
    if key is None:
        event = await _event(door, intake.request_id, intake.arrived, asked)
        return Accepted(event=event, stored=_objects_of(event, intake.arrived))
    fingerprint = _fingerprint(intake.arrived, asked)
    ours = Claim(
        key=key,
        fingerprint=fingerprint,
        subject_id=intake.request_id,
        claimed_at=door.clock.now(),
    )
    holder = await door.keys.claim(ours)
    if holder.fingerprint != fingerprint:
        raise IdempotencyConflictError(
            "This Idempotency-Key was used before, for another image or other instructions. Use a"
            " new key for a new request."
        )
    if holder.subject_id == ours.subject_id:
        event = await _event(door, intake.request_id, intake.arrived, asked)
        return Accepted(event=event, idempotency_key=key)
    again = [await _moved(door, one, holder) for one in intake.arrived]
    return Accepted(
        event=await _event(door, holder.subject_id, again, asked),
        idempotency_key=key,
        answered_before=holder.answer,
    )


async def _moved(door: Door, one: Arrived, holder: Claim) -> Arrived:
    """Return the same file under the ids of the request that came first."""
    key = original_key(derive_id(holder.subject_id, one.position))
    if holder.answer is None:
        # The first request got no answer, so its original may be gone: ours has the same bytes.
        await door.objects.put(
            key, door.objects.get(one.original.key), content_type="application/octet-stream"
        )
    await door.objects.delete(one.original.key)
    return replace(one, original=replace(one.original, key=key))


def _fingerprint(arrived: Sequence[Arrived], asked: Asked) -> str:
    files = [[one.filename, one.original.sha256] for one in arrived]
    told = [files, asked.instructions.canonical(), asked.callback_url]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


async def _event(
    door: Door, request_id: str, arrived: Sequence[Arrived], asked: Asked
) -> Acceptance:
    now = door.clock.now()
    if len(arrived) > 1:
        key = await manifest.write(door.objects, request_id, arrived)
        return JobAccepted(
            job_id=request_id,
            total=len(arrived),
            manifest_key=key,
            instructions=asked.instructions,
            callback_url=asked.callback_url,
            accepted_at=now,
        )
    return ImageAccepted(
        image_id=derive_id(request_id, 0),
        original=arrived[0].original,
        filename=arrived[0].filename,
        instructions=asked.instructions,
        callback_url=asked.callback_url,
        accepted_at=now,
    )


def _objects_of(event: Acceptance, arrived: Sequence[Arrived]) -> Sequence[str]:
    manifests = (event.manifest_key,) if isinstance(event, JobAccepted) else ()
    return (*manifests, *(one.original.key for one in arrived))


async def announce(door: Door, accepted: Accepted) -> None:
    """Make the promise: once this returns, the upload survives anything. Raises Unavailable.

    Where it was certainly not made, for want of room, the objects are taken back: they need it.
    """
    event = accepted.event
    reach("ingest.stored")
    try:
        await door.log.append([codec.encode(event, now=door.clock.now())])
    except StoreFullError:
        for key in accepted.stored:
            await door.objects.delete(key)
        raise
    reach("ingest.promised")
    _log.debug("accepted", **subject_of(event))
    if isinstance(event, ImageAccepted) and event.original:
        door.metrics.add(UPLOAD_BYTES_TOTAL, event.original.size_bytes)
