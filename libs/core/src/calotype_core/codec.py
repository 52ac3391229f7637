"""Events as messages and back: Protobuf in the value, CloudEvents' attributes in the headers.

The headers are CloudEvents 1.0 in its Kafka binding's binary mode (ce_id, ce_type, …), so that a
consumer which is not ours can tell what it holds, and W3C Trace Context, so that a trace follows
the event. Only this module and calotype_core.wire know how an event is written.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from google.protobuf import message as protobuf

from calotype_core import telemetry
from calotype_core.domain import events
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event
from calotype_core.errors import Rejected
from calotype_core.ports.event_log import Message
from calotype_core.topology import DEAD_LETTERS, route_of
from calotype_core.wire import convert
from calotype_core.wire import events_pb2 as pb

CONTENT_TYPE = "application/protobuf"
ID, KIND = "ce_id", "ce_type"

DomainT = TypeVar("DomainT")
WireT = TypeVar("WireT", bound=protobuf.Message)


class UndecodableError(Rejected):
    """The bytes are no event that this version knows; they never will be, so they are put aside."""

    code = "undecodable_event"


class Encoded(Protocol):
    """What an event can be read from: a Message, a Record, a DeadLetter."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names and values beside the bytes."""

    @property
    def value(self) -> bytes:
        """The bytes."""


@dataclass(frozen=True, slots=True)
class Form(Generic[DomainT, WireT]):
    """How one kind of value is written: its message, and the way there and back."""

    message: type[WireT]
    write: Callable[[DomainT], WireT]
    read: Callable[[WireT], DomainT]


FORMS: Mapping[type[Event], Form[Any, Any]] = {
    events.JobAccepted: Form(pb.JobAccepted, convert.write_job_accepted, convert.read_job_accepted),
    events.JobRetried: Form(pb.JobRetried, convert.write_job_retried, convert.read_job_retried),
    events.JobExpanded: Form(pb.JobExpanded, convert.write_job_expanded, convert.read_job_expanded),
    events.JobCancelled: Form(
        pb.JobCancelled, convert.write_job_cancelled, convert.read_job_cancelled
    ),
    events.JobDeleted: Form(pb.JobDeleted, convert.write_job_deleted, convert.read_job_deleted),
    events.ImageAccepted: Form(
        pb.ImageAccepted, convert.write_image_accepted, convert.read_image_accepted
    ),
    events.RenditionRequested: Form(
        pb.RenditionRequested, convert.write_rendition_requested, convert.read_rendition_requested
    ),
    events.ImageProcessed: Form(
        pb.ImageProcessed, convert.write_image_processed, convert.read_image_processed
    ),
    events.ImageFailed: Form(pb.ImageFailed, convert.write_image_failed, convert.read_image_failed),
    events.JobFinished: Form(pb.JobFinished, convert.write_job_finished, convert.read_job_finished),
}
_LETTER = Form(pb.DeadLetter, convert.write_dead_letter, convert.read_dead_letter)


def type_of(kind: type[Event | DeadLetter]) -> str:
    """Return the ce_type of a kind: stable, and with the major version of its schema."""
    return f"calotype.{kind.__name__}.v1"


_BY_TYPE = {type_of(kind): form for kind, form in FORMS.items()}


def encode(event: Event, *, now: datetime) -> Message:
    """Return the event as a message that carries the current trace; now is when it is announced.

    The same event always has the same ce_id, topic, key and value.
    """
    route = route_of(event)
    return Message(
        topic=route.topic,
        key=route.key(event),
        value=_write(FORMS[type(event)], event),
        headers=_headers(event.event_id, type_of(type(event)), route.producer, now),
    )


def decode(encoded: Encoded) -> Event:
    """Return the event; fields that a newer version added are ignored. Raises UndecodableError."""
    kind = encoded.headers.get(KIND, "")
    if kind not in _BY_TYPE:
        raise UndecodableError(f"no event of this version is called {kind[:80]!r}")
    event: Event = _read(_BY_TYPE[kind], encoded.value)
    return event


def encode_dead_letter(letter: DeadLetter) -> Message:
    """Return the dead letter as a message, keyed as the original was.

    Its ce_id follows from the original and the service, so that giving up twice is one letter.
    """
    subject = letter.headers.get(ID) or hashlib.sha256(letter.value).hexdigest()
    letter_id = f"{subject}.died.{letter.service}"
    return Message(
        topic=DEAD_LETTERS,
        key=letter.key,
        value=_write(_LETTER, letter),
        headers=_headers(letter_id, type_of(DeadLetter), letter.service, letter.died_at),
    )


def decode_dead_letter(encoded: Encoded) -> DeadLetter:
    """Return the dead letter; what it holds may itself be undecodable. Raises UndecodableError."""
    return _read(_LETTER, encoded.value)


def _headers(event_id: str, kind: str, producer: str, now: datetime) -> dict[str, str]:
    headers = {
        "ce_specversion": "1.0",
        ID: event_id,
        KIND: kind,
        "ce_source": f"/calotype/{producer}",
        "ce_time": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "content-type": CONTENT_TYPE,
    }
    telemetry.inject(headers)
    return headers


def _write(form: Form[DomainT, Any], value: DomainT) -> bytes:
    # Deterministic: a dead letter's headers are a map, and equal values are to have equal bytes.
    written: bytes = form.write(value).SerializeToString(deterministic=True)
    return written


def _read(form: Form[DomainT, Any], value: bytes) -> DomainT:
    try:
        return form.read(form.message.FromString(value))
    except (protobuf.DecodeError, ValueError, OverflowError) as error:
        raise UndecodableError(f"not a {form.message.__name__}: {error}") from error
