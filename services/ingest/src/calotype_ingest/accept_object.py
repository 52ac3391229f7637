"""Accept an object of the inbox: store, then announce; then it is removed. All may run twice."""

from dataclasses import dataclass
from datetime import timedelta

from calotype_core import codec, logs, telemetry
from calotype_core.domain.events import ImageAccepted
from calotype_core.domain.ids import arrival_id, derive_id
from calotype_core.domain.image import Original
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.problems import ProblemsError
from calotype_core.metric_defs import UPLOAD_BYTES_TOTAL
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.inbox import PREFIX, Arrival, Inbox
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore
from calotype_core.watermarks import resolve_watermarks
from calotype_ingest.originals import Intake
from calotype_ingest.parts import FilePart
from calotype_ingest.settings import IngestSettings

_log = logs.get_logger(__name__)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxDoor:
    """What accepting an object of the inbox needs of the world, and what is made of each."""

    inbox: Inbox
    objects: ObjectStore
    log: EventLog
    clock: Clock
    metrics: Metrics
    instructions: Instructions
    settings: IngestSettings

    def is_too_large(self, arrival: Arrival) -> bool:
        """Whether the object is not taken in: it stays in the inbox, and its image fails."""
        return arrival.size_bytes > self.settings.upload_max_bytes


async def accept_object(arrival: Arrival, door: InboxDoor) -> bool:
    """Store the original and announce its image; return False where the arrival has gone already.

    What is no image, or has no bytes, is announced all the same, so that its failure is on record.
    Who repeats this, or is one of several at it, announces the same event again at worst. Whoever
    empties the inbox removes the arrival next. Raises ArrivalUnreadableError, Unavailable.
    """
    too_large = door.is_too_large(arrival)
    request_id = _request_id(arrival, too_large=too_large)
    image_id = derive_id(request_id, 0)
    with telemetry.span("ingest accept_object"), logs.bound(image_id=image_id):
        try:
            original = _left(arrival) if too_large else await _take_in(arrival, request_id, door)
        except ObjectMissingError:
            return False  # whoever removed that version had announced it
        event = ImageAccepted(
            image_id=image_id,
            original=original,
            filename=presentable(arrival.key),
            instructions=await _instructions(door),
            accepted_at=arrival.arrived_at,
        )
        await door.log.append([codec.encode(event, now=door.clock.now())])
        _log.debug("accepted", filename=event.filename, too_large=too_large)
    if original.is_taken_in:
        door.metrics.add(UPLOAD_BYTES_TOTAL, original.size_bytes)
    return True


async def _instructions(door: InboxDoor) -> Instructions:
    """Return what is made of the image; a watermark that is not stored fails it, on record."""
    try:
        return await resolve_watermarks(door.instructions, objects=door.objects)
    except ProblemsError:
        return door.instructions


def _request_id(arrival: Arrival, *, too_large: bool) -> str:
    # Should the limit be raised, a refused arrival becomes another image, and the newer of the two.
    at = arrival.arrived_at - _MILLISECOND if too_large else arrival.arrived_at
    return arrival_id(arrival.key, arrival.version, at)


def _left(arrival: Arrival) -> Original:
    key = f"{PREFIX}{presentable(arrival.key)}"
    return Original(key=key, size_bytes=arrival.size_bytes, sha256="")


async def _take_in(arrival: Arrival, request_id: str, door: InboxDoor) -> Original:
    # Never taken back, whatever follows: an earlier run may have announced the same original.
    intake = Intake(objects=door.objects, request_id=request_id, settings=door.settings)
    await intake.take_image(FilePart(filename=None, chunks=door.inbox.read(arrival)))
    return intake.arrived[0].original


def presentable(key: str) -> str:
    """Return the key as text that can be sent; a file's name may have bytes in it that are none."""
    return key.encode(errors="surrogateescape").decode(errors="replace")
