"""The one loop that every service reads events with.

    poll ─ begin ─ settle ─ finish ─ commit (what follows the lowest unfinished one)

Many records are in flight at once, in a bounded window; those of one key keep their order, unless
the service does not mind.
Acknowledge last: a record is finished once its effects and what it announces are durable. Where the
group's partitions move, what was begun of them is ended and committed before they go; where the log
falls silent although there is more, the membership is begun anew.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic

from calotype_core import codec, logs
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.metric_defs import CONSUMER_LAG, EVENTS_IN_FLIGHT
from calotype_core.offsets import OffsetWindow
from calotype_core.patience import Patience, unless
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog, Partition, Record, Subscription
from calotype_core.ports.metrics import Metrics
from calotype_core.settling import Decode, GiveUp, Handler, HeardT, Settler

_log = logs.get_logger(__name__)

_LAST_COMMIT_SECONDS = 5.0


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
    # A log that hands out nothing for so long, although there is more, is subscribed to again.
    silence_seconds: float = 15.0
    # So is one that cannot even be asked for so long: its servers may have moved. Not sooner: who
    # leaves while it is away cannot say so, and its partitions rest for a session afterwards.
    absence_seconds: float = 300.0
    # A loop that ends nothing for so long, although nothing is away, is stuck.
    stuck_seconds: float = 600.0
    # When this many of the last events were given up for errors of ours, it is the code, not they.
    halt_after: int = 20


class StuckError(CalotypeError):
    """The loop makes no progress, and waits for nothing: start the process again."""

    code = "consumer_stuck"
    status = 503


class Consumer(Generic[HeardT]):
    """A member of a service's consumer group."""

    def __init__(
        self,
        *,
        service: str,
        topics: Sequence[str],
        decode: Decode[HeardT],
        handle: Handler[HeardT],
        give_up: GiveUp[HeardT],
        log: EventLog,
        attempts: Attempts,
        clock: Clock,
        random: Random,
        metrics: Metrics,
        settings: ConsumerSettings,
        group: str | None = None,  # by default the service's
        in_order: bool = True,  # of a key; False: the handler minds none
    ) -> None:
        self._service = service
        self._group = group or service
        self._topics = topics
        self._log = log
        self._clock = clock
        self._metrics = metrics
        self._settings = settings
        self._in_order = in_order
        self._patience = Patience(
            clock=clock,
            random=random,
            shortest_seconds=settings.backoff_seconds,
            longest_seconds=settings.longest_backoff_seconds,
        )
        self._settler = Settler(
            service=service,
            decode=decode,
            handle=handle,
            give_up=give_up,
            log=log,
            attempts=attempts,
            clock=clock,
            metrics=metrics,
            patience=self._patience,
            most_attempts=settings.attempts,
            halt_after=settings.halt_after,
        )
        self._window = OffsetWindow()
        self._working: dict[asyncio.Task[None], Partition] = {}
        self._last_in_line: dict[str, asyncio.Task[None]] = {}
        self._broken: BaseException | None = None
        self._moved = asyncio.Event()
        self._subscription: Subscription | None = None
        self._committing = asyncio.Lock()
        self._heard_at = self._progressed_at = self._asked_at = clock.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Handle events until stop is set, then finish what was begun and commit it.

        Raises ConsumerHaltedError.
        """
        while not stop.is_set():
            try:
                async with contextlib.AsyncExitStack() as membership:
                    joining = self._log.subscribe(self._group, self._topics, revoked=self._let_go)
                    # Others may have much to end before there is a share for us.
                    joined = await unless(stop, membership.enter_async_context(joining))
                    if joined is not None:
                        self._subscription = joined
                        await self._follow(joined, stop)
            except Unavailable as error:
                _log.warning("waiting for the log", code=error.code, reason=error.message)
                await self._clock.sleep(self._settings.poll_seconds)

    async def check_alive(self) -> None:
        """Return where events are ended, or there are none, or a dependency is waited for.

        Raises StuckError.
        """
        silent = self._clock.monotonic() - self._progressed_at
        if silent > self._settings.stuck_seconds and not self._patience.waiting:
            raise StuckError(
                f"{self._service} has ended no event for {silent:.0f} seconds, although there are"
                " some: start it again."
            )

    async def _follow(self, subscription: Subscription, stop: asyncio.Event) -> None:
        self._heard()
        self._asked_at = self._heard_at
        beside = [
            asyncio.create_task(self._keep_committing(subscription)),
            asyncio.create_task(self._keep_measuring(subscription)),
        ]
        try:
            while not stop.is_set() and not self._is_silent():
                self._halt_if_broken(beside)
                await self._poll_into_window(subscription)
        finally:
            await self._let_go(self._window.partitions)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _poll_into_window(self, subscription: Subscription) -> None:
        room = self._settings.window - len(self._working)
        if room <= 0:
            self._heard()
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
        self._heard()
        self._window.begin(record.partition, record.offset)
        # One event twice is handled one after the other anyway: its attempts are counted by its id.
        line = record.key if self._in_order else record.headers.get(codec.ID, record.key)
        task = asyncio.create_task(self._in_turn(self._last_in_line.get(line), record))
        self._working[task] = record.partition
        self._last_in_line[line] = task
        task.add_done_callback(lambda done: self._ended(line, done))
        self._metrics.set(EVENTS_IN_FLIGHT, len(self._working), group=self._group)

    def _ended(self, line: str, task: asyncio.Task[None]) -> None:
        del self._working[task]
        if self._last_in_line.get(line) is task:
            del self._last_in_line[line]
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()  # the loop itself failed: its event is not committed
        self._metrics.set(EVENTS_IN_FLIGHT, len(self._working), group=self._group)
        self._moved.set()

    async def _in_turn(self, before: asyncio.Task[None] | None, record: Record) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._settler.settle(record)
        self._window.finish(record.partition, record.offset)  # acknowledge last
        self._progressed_at = self._clock.monotonic()

    def _halt_if_broken(self, beside: Sequence[asyncio.Task[None]]) -> None:
        if self._broken is not None:
            raise self._broken
        for task in beside:
            if task.done():
                task.result()  # it ends with an error only
        self._settler.halt_if_failing()

    def _heard(self) -> None:
        self._heard_at = self._clock.monotonic()

    def _is_silent(self) -> bool:
        # Where the log was last found to hold more, and when it was last found at all.
        lagging = self._asked_at - self._heard_at > self._settings.silence_seconds
        absent = self._clock.monotonic() - self._asked_at > self._settings.absence_seconds
        silent = not self._working and (lagging or absent)
        if silent:
            _log.warning("the log is silent: joining the group again", away=absent)
        return silent

    async def _keep_committing(self, subscription: Subscription) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self._commit(subscription)
            except Unavailable as error:
                _log.warning("waiting for the log", code=error.code, reason=error.message)
                self._moved.set()
            await self._clock.sleep(self._settings.commit_every_seconds)

    async def _commit(self, subscription: Subscription) -> None:
        async with self._committing:
            if positions := self._window.committable():
                await subscription.commit(positions)
                self._window.committed(positions)

    async def _keep_measuring(self, subscription: Subscription) -> None:
        while True:
            try:
                lag = await subscription.lag()
                self._asked_at = self._clock.monotonic()
                self._tell_lag(lag)
            except Unavailable as error:
                _log.warning("waiting for the log", code=error.code, reason=error.message)
                # It is away, and neither are we stuck, nor is it silent: to leave the group now
                # would be to be waited for later.
                self._progressed_at = self._heard_at = self._clock.monotonic()
            await self._clock.sleep(self._settings.measure_every_seconds)

    def _tell_lag(self, lag: Mapping[Partition, int]) -> None:
        topics = dict.fromkeys(self._topics, 0)
        for partition, count in lag.items():
            topics[partition.topic] += count
        for topic, count in topics.items():
            self._metrics.set(CONSUMER_LAG, count, service=self._service, topic=topic)
        if not any(lag.values()):
            self._heard()
            self._progressed_at = self._clock.monotonic()

    async def _let_go(self, partitions: Collection[Partition]) -> None:
        """Let what was begun of these finish, for as long as may be, and commit it.

        What is late is cancelled, and what is not committed is handed out again, maybe elsewhere.
        """
        going = set(partitions)
        await self._drain([task for task, one in self._working.items() if one in going])
        with contextlib.suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(_LAST_COMMIT_SECONDS):
                if self._subscription is not None:
                    await self._commit(self._subscription)
        async with self._committing:
            self._window.forget(going)

    async def _drain(self, tasks: Collection[asyncio.Task[None]]) -> None:
        self._patience.leave(tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._settings.drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._settler.forgive()
