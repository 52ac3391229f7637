"""The one loop that every service reads events with.

    poll ─ decode ─ handle ─ announce ─ finish ─ commit (what follows the lowest unfinished one)
              │        │
              │        ├─ fails: again after a pause, three attempts, then the dead letter
              │        └─ a dependency is away: again after a pause, for as long as it takes
              └─ undecodable: the dead letter

Many records are in flight at once, in a bounded window; those of one key keep their order.
Acknowledge last: a record is finished once its effects and what it announces are durable, so a
handler may run twice for one event, and its effects must be idempotent.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol, TypeVar

from calotype_core import codec, logs, telemetry
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event, subject_of
from calotype_core.domain.image import Failure
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.metric_defs import (
    CONSUMER_LAG,
    DEAD_LETTERS_TOTAL,
    EVENTS_IN_FLIGHT,
    HANDLER_SECONDS,
)
from calotype_core.offsets import OffsetWindow
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog, Record, Subscription
from calotype_core.ports.metrics import Metrics

_T = TypeVar("_T")
_log = logs.get_logger(__name__)

_LAST_COMMIT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """How an event came to its handler: where it stood in the log, and the attempt, from 1."""

    record: Record
    attempt: int


class Handler(Protocol):
    """A service's verb, as the loop calls it."""

    async def __call__(self, event: Event, delivery: Delivery, /) -> Sequence[Event]:
        """Have the event's effects, idempotently, and return what is to be announced of them."""


class GiveUp(Protocol):
    """What a service announces of an event that it could not handle."""

    def __call__(self, event: Event, failure: Failure, attempts: int) -> Sequence[Event]:
        """Return the events that tell of the failure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsumerSettings:
    """The bounds of a loop; times in seconds."""

    window: int = 64
    attempts: int = 3
    backoff_seconds: float = 0.2
    longest_backoff_seconds: float = 10.0
    commit_every_seconds: float = 0.5
    measure_every_seconds: float = 5.0
    drain_seconds: float = 75.0
    poll_seconds: float = 0.5  # also the longest that a stop waits for an idle poll
    # When this many of the last events were given up for errors of ours, it is the code, not they.
    halt_after: int = 20


class ConsumerHaltedError(CalotypeError):
    """Too many events in a row were given up for an error of ours: the code is wrong, not they."""

    code = "consumer_halted"


class Consumer:
    """A member of a service's consumer group."""

    def __init__(
        self,
        *,
        service: str,
        topics: Sequence[str],
        handle: Handler,
        give_up: GiveUp,
        log: EventLog,
        attempts: Attempts,
        clock: Clock,
        random: Random,
        metrics: Metrics,
        settings: ConsumerSettings,
    ) -> None:
        self._service = service
        self._topics = topics
        self._handle = handle
        self._give_up = give_up
        self._log = log
        self._attempts = attempts
        self._clock = clock
        self._random = random
        self._metrics = metrics
        self._settings = settings
        self._window = OffsetWindow()
        self._working: set[asyncio.Task[None]] = set()
        self._last_of_key: dict[str, asyncio.Task[None]] = {}
        self._resting: set[asyncio.Task[None]] = set()
        self._abandoned: list[str] = []
        self._leaving = False
        self._broken: BaseException | None = None
        self._moved = asyncio.Event()
        self._ours: deque[bool] = deque(maxlen=settings.halt_after)

    async def run(self, stop: asyncio.Event) -> None:
        """Handle events until stop is set, then finish what was begun and commit it.

        Raises ConsumerHaltedError.
        """
        async with self._log.subscribe(self._service, self._topics) as subscription:
            beside = [
                asyncio.create_task(self._keep_committing(subscription)),
                asyncio.create_task(self._keep_measuring(subscription)),
            ]
            try:
                while not stop.is_set():
                    self._halt_if_broken(beside)
                    await self._poll_into_window(subscription)
            finally:
                await self._drain()
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
                await self._commit_for_the_last_time(subscription)

    async def _commit_for_the_last_time(self, subscription: Subscription) -> None:
        positions = self._window.committable()
        with contextlib.suppress(TimeoutError, Unavailable):  # what is not committed comes again
            async with asyncio.timeout(_LAST_COMMIT_SECONDS):
                if positions:
                    await subscription.commit(positions)

    async def _poll_into_window(self, subscription: Subscription) -> None:
        room = self._settings.window - len(self._working)
        if room <= 0:
            await asyncio.wait(
                self._working,
                timeout=self._settings.poll_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return
        try:
            # The wait is short, not cancelled: a cancelled poll loses records in some clients.
            records = await subscription.poll(room, self._settings.poll_seconds)
        except Unavailable as error:
            _log.warning("waiting for the log", code=error.code, reason=error.message)
            await self._clock.sleep(self._settings.poll_seconds)
            return
        for record in records:
            self._begin(record)

    def _begin(self, record: Record) -> None:
        self._window.begin(record.partition, record.offset)
        task = asyncio.create_task(self._in_turn(self._last_of_key.get(record.key), record))
        self._working.add(task)
        self._last_of_key[record.key] = task
        task.add_done_callback(lambda done: self._ended(record.key, done))
        self._metrics.set(EVENTS_IN_FLIGHT, len(self._working), service=self._service)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        if self._last_of_key.get(key) is task:
            del self._last_of_key[key]
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()  # the loop itself failed: its event is not committed
        self._metrics.set(EVENTS_IN_FLIGHT, len(self._working), service=self._service)
        self._moved.set()

    async def _in_turn(self, before: asyncio.Task[None] | None, record: Record) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._settle(record)
        self._window.finish(record.partition, record.offset)  # acknowledge last

    async def _settle(self, record: Record) -> None:
        try:
            event = codec.decode(record)
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
            await self._announce(announced)
            await self._patiently(lambda: self._attempts.forget(event.event_id))
        took = self._clock.monotonic() - began
        self._metrics.observe(
            HANDLER_SECONDS, took, service=self._service, event=name, outcome=outcome
        )

    async def _attempt(self, event: Event, record: Record) -> tuple[Sequence[Event], str]:
        """Return what to announce, and whether the event was handled or given up."""
        while True:
            attempt = await self._patiently(lambda: self._attempts.begin(event.event_id))
            if attempt.number > self._settings.attempts:
                failure = attempt.last_failure or _DIED
                return await self._despair(event, record, failure, self._settings.attempts)
            delivery = Delivery(record=record, attempt=attempt.number)
            try:
                announced = await self._patiently(partial(self._handle, event, delivery))
            except asyncio.CancelledError:
                self._abandoned.append(event.event_id)  # a stop is no attempt
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the line goes on
                failure = self._explain(error, attempt.number)
                if attempt.number == self._settings.attempts or not _retry_helps(error):
                    return await self._despair(event, record, failure, attempt.number)
            else:
                self._ours.append(False)
                return announced, "handled"
            await self._remember(event, failure)
            await self._rest(self._pause(attempt.number))

    async def _remember(self, event: Event, failure: Failure) -> None:
        await self._patiently(lambda: self._attempts.failed(event.event_id, failure))

    async def _despair(
        self, event: Event, record: Record, failure: Failure, attempts: int
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
        await self._patiently(lambda: self._log.append([codec.encode_dead_letter(letter)]))

    async def _announce(self, events: Sequence[Event]) -> None:
        if events:
            messages = [codec.encode(one, now=self._clock.now()) for one in events]
            await self._patiently(lambda: self._log.append(messages))

    def _explain(self, error: Exception, attempt: int) -> Failure:
        self._ours.append(not isinstance(error, CalotypeError))
        if isinstance(error, CalotypeError):
            _log.warning("attempt failed", code=error.code, reason=error.message, attempt=attempt)
            return Failure(code=error.code, message=error.message)
        _log.exception("attempt failed for an error of ours", attempt=attempt, exc_info=error)
        return _INTERNAL

    def _halt_if_broken(self, beside: Sequence[asyncio.Task[None]]) -> None:
        if self._broken is not None:
            raise self._broken
        for task in beside:
            if task.done():
                task.result()  # it ends with an error only
        if len(self._ours) == self._ours.maxlen and sum(self._ours) * 2 > len(self._ours):
            raise ConsumerHaltedError(
                f"{self._service} stopped: more than half of its last {len(self._ours)} attempts"
                " failed for errors of its own. See the log, mend the cause, start it again."
            )

    async def _patiently(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Return what the call returns; while a dependency is away, wait and call again."""
        tries = 0
        while True:
            try:
                return await call()
            except Unavailable as error:
                tries += 1
                _log.warning("waiting for a dependency", code=error.code, reason=error.message)
                await self._rest(self._pause(tries))

    async def _rest(self, seconds: float) -> None:
        """Sleep; a stop does not wait for those who wait for something else."""
        task = asyncio.current_task()
        if self._leaving or task is None:
            raise asyncio.CancelledError
        self._resting.add(task)
        try:
            await self._clock.sleep(seconds)
        finally:
            self._resting.discard(task)

    def _pause(self, tries: int) -> float:
        longest = self._settings.longest_backoff_seconds
        exponential = self._settings.backoff_seconds * 2.0 ** min(tries - 1, 16)
        return min(longest, exponential) * self._random.uniform(0.5, 1)  # jitter

    async def _keep_committing(self, subscription: Subscription) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self._commit(subscription)
            await self._clock.sleep(self._settings.commit_every_seconds)

    async def _commit(self, subscription: Subscription) -> None:
        positions = self._window.committable()
        if not positions:
            return
        await self._patiently(lambda: subscription.commit(positions))
        self._window.committed(positions)

    async def _keep_measuring(self, subscription: Subscription) -> None:
        while True:
            for partition, lag in (await self._patiently(subscription.lag)).items():
                self._metrics.set(CONSUMER_LAG, lag, service=self._service, topic=partition.topic)
            await self._clock.sleep(self._settings.measure_every_seconds)

    async def _drain(self) -> None:
        """Let what was begun finish, for as long as a stop may take; the rest is redelivered."""
        self._leaving = True
        for task in self._resting:
            task.cancel()
        if self._working:
            _, late = await asyncio.wait(self._working, timeout=self._settings.drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for event_id in self._abandoned:
            with contextlib.suppress(Unavailable):
                await self._attempts.forget(event_id)


def announce_nothing(event: Event, failure: Failure, attempts: int) -> Sequence[Event]:  # noqa: ARG001 - a GiveUp
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


def _retry_helps(error: Exception) -> bool:
    return error.retry if isinstance(error, CalotypeError) else True
