"""What becomes of one record, from its bytes to the moment at which it may be committed.

    decode ─ attempt ─ announce ─ forget the attempts
      │         │
      │         ├─ fails: again after a pause, three attempts, then the dead letter
      │         └─ a dependency is away: again after a pause, for as long as it takes
      └─ undecodable: the dead letter

A handler may run twice for one event, so its effects must be idempotent.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, Protocol, TypeVar

from calotype_core import codec, logs, telemetry
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event, subject_of
from calotype_core.domain.image import Failure
from calotype_core.errors import CalotypeError, Rejected, Unavailable
from calotype_core.failpoints import reach
from calotype_core.metric_defs import DEAD_LETTERS_TOTAL, HANDLER_SECONDS
from calotype_core.patience import Patience
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog, Message, Record
from calotype_core.ports.metrics import Metrics

_log = logs.get_logger(__name__)


class Identified(Protocol):
    """What a record is decoded to: an event of ours, or what others say in words of theirs."""

    @property
    def event_id(self) -> str:
        """What its attempts are counted under: the same each time that it is heard."""


HeardT = TypeVar("HeardT", bound=Identified)
_HeardT_contra = TypeVar("_HeardT_contra", bound=Identified, contravariant=True)
# Raises UndecodableError.
Decode = Callable[[Record], HeardT]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """How an event came to its handler: where it stood in the log, and the attempt, from 1."""

    record: Record
    attempt: int


class Handler(Protocol[_HeardT_contra]):
    """A service's verb, as the loop calls it."""

    async def __call__(self, event: _HeardT_contra, delivery: Delivery, /) -> Sequence[Event]:
        """Have the event's effects, idempotently, and return what is to be announced of them."""


class GiveUp(Protocol[_HeardT_contra]):
    """What a service announces of an event that it could not handle."""

    def __call__(self, event: _HeardT_contra, failure: Failure, attempts: int) -> Sequence[Event]:
        """Return the events that tell of the failure."""


class ConsumerHaltedError(CalotypeError):
    """Too many events in a row were given up for an error of ours: the code is wrong, not they."""

    code = "consumer_halted"


class Settler(Generic[HeardT]):
    """Deals with records, each on its own, for as many attempts as an event may have."""

    def __init__(
        self,
        *,
        service: str,
        decode: Decode[HeardT],
        handle: Handler[HeardT],
        give_up: GiveUp[HeardT],
        log: EventLog,
        attempts: Attempts,
        clock: Clock,
        metrics: Metrics,
        patience: Patience,
        most_attempts: int,
        halt_after: int,
    ) -> None:
        self._service = service
        self._decode = decode
        self._handle = handle
        self._give_up = give_up
        self._log = log
        self._attempts = attempts
        self._clock = clock
        self._metrics = metrics
        self._patience = patience
        self._most_attempts = most_attempts
        self._abandoned: list[str] = []
        self._ours: deque[bool] = deque(maxlen=halt_after)

    async def settle(self, record: Record) -> None:
        """Return once the record's work, and what it announces, is durable."""
        try:
            event = self._decode(record)
        except codec.UndecodableError as error:
            await self._bury(record, Failure(code=error.code, message=error.message), 1)
            return
        name = type(event).__name__
        with (
            telemetry.span_of(record.headers, f"{self._service} {name}"),
            logs.bound(**subject_of(event)),
        ):
            began = self._clock.monotonic()
            announced, outcome = await self._attempt(event, record)
            try:
                await self._announce(announced)
            except Rejected as error:  # the log will never take it
                failure = Failure(code=error.code, message=error.message)
                announced, outcome = await self._despair(event, record, failure, 1)
                await self._announce(announced)
            await self._patience.until_there(lambda: self._attempts.forget(event.event_id))
            self._reach("settled")
        took = self._clock.monotonic() - began
        self._metrics.observe(
            HANDLER_SECONDS, took, service=self._service, event=name, outcome=outcome
        )

    async def forgive(self) -> None:
        """Take back the attempts that a stop, or a move of partitions, cut short."""
        while self._abandoned:
            try:
                await self._attempts.forget(self._abandoned[-1])
            except Unavailable:
                return
            self._abandoned.pop()

    def halt_if_failing(self) -> None:
        """Return where the code seems right; raises ConsumerHaltedError."""
        if len(self._ours) == self._ours.maxlen and sum(self._ours) * 2 > len(self._ours):
            raise ConsumerHaltedError(
                f"{self._service} stopped: more than half of its last {len(self._ours)} attempts"
                " failed for errors of its own. See the log, mend the cause, start it again."
            )

    async def _attempt(self, event: HeardT, record: Record) -> tuple[Sequence[Event], str]:
        """Return what to announce, and whether the event was handled or given up."""
        until_there = self._patience.until_there
        while True:
            attempt = await until_there(lambda: self._attempts.begin(event.event_id))
            self._reach("begun")
            if attempt.number > self._most_attempts:
                failure = attempt.last_failure or _DIED
                return await self._despair(event, record, failure, self._most_attempts)
            delivery = Delivery(record=record, attempt=attempt.number)
            try:
                announced = await until_there(partial(self._handle, event, delivery))
            except asyncio.CancelledError:
                self._abandoned.append(event.event_id)  # a stop is no attempt
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the line goes on
                failure = self._explain(error, attempt.number)
                if attempt.number == self._most_attempts or not _retry_helps(error):
                    return await self._despair(event, record, failure, attempt.number)
            else:
                self._ours.append(False)
                return announced, "handled"
            await self._remember(event, failure)
            await self._patience.rest(attempt.number)

    async def _remember(self, event: HeardT, failure: Failure) -> None:
        await self._patience.until_there(lambda: self._attempts.failed(event.event_id, failure))

    async def _despair(
        self, event: HeardT, record: Record, failure: Failure, attempts: int
    ) -> tuple[Sequence[Event], str]:
        await self._bury(record, failure, attempts)
        return self._give_up(event, failure, attempts), "given up"

    async def _bury(self, record: Record, failure: Failure, attempts: int) -> None:
        _log.error("event given up", code=failure.code, reason=failure.message, attempts=attempts)
        self._metrics.add(DEAD_LETTERS_TOTAL, service=self._service, cause=failure.code)
        letter = DeadLetter(
            topic=record.partition.topic,
            key=record.key,
            headers=record.headers,
            value=record.value,
            service=self._service,
            cause=failure,
            attempts=attempts,
            died_at=self._clock.now(),
        )
        try:
            await self._append([codec.encode_dead_letter(letter)])
        except Rejected as error:  # a stranger's, and larger than what the dead letters take
            _log.error("dead letter cut down", code=error.code, reason=error.message)
            await self._append([codec.encode_dead_letter(_cut(letter, record))])

    async def _announce(self, events: Sequence[Event]) -> None:
        if events:
            await self._append([codec.encode(one, now=self._clock.now()) for one in events])
            self._reach("announced")

    async def _append(self, messages: Sequence[Message]) -> None:
        await self._patience.until_there(lambda: self._log.append(messages))

    def _reach(self, step: str) -> None:
        reach(f"{self._service}.{step}")

    def _explain(self, error: Exception, attempt: int) -> Failure:
        self._ours.append(not isinstance(error, CalotypeError))
        if isinstance(error, CalotypeError):
            _log.warning("attempt failed", code=error.code, reason=error.message, attempt=attempt)
            return Failure(code=error.code, message=error.message)
        _log.exception("attempt failed for an error of ours", attempt=attempt, exc_info=error)
        return _INTERNAL


def announce_nothing(event: object, failure: Failure, attempts: int) -> Sequence[Event]:  # noqa: ARG001 - a GiveUp
    """Announce nothing of an event that was given up: its dead letter waits to be redriven."""
    return ()


_INTERNAL = Failure(
    code="internal",
    message="Calotype failed, not the image. The log has the cause; try again once it is mended.",
)
_DIED = Failure(
    code="attempt_died",
    message="The process died in every attempt at this, so it is not tried again.",
)


_LONGEST_NAME = 200  # characters


def _cut(letter: DeadLetter, record: Record) -> DeadLetter:
    where = f"{record.partition.topic}, partition {record.partition.number}, offset {record.offset}"
    message = f"{letter.cause.message} (Too large to be kept whole; it stands in {where}.)"
    return replace(
        letter,
        key=letter.key[:_LONGEST_NAME],
        headers={codec.ID: letter.headers.get(codec.ID, where)[:_LONGEST_NAME]},
        value=b"",
        cause=replace(letter.cause, message=message),
    )


def _retry_helps(error: Exception) -> bool:
    return error.retry if isinstance(error, CalotypeError) else True
