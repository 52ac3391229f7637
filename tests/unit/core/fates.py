"""What tests drive the one loop with: events whose every attempt ends as it was written."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from calotype_core import codec, topology
from calotype_core.adapters.local.log_readers import Positions
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event, ImageAccepted, ImageFailed
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Failure, Original
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.errors import Rejected, Unavailable
from calotype_core.ports.event_log import Partition
from calotype_core.settling import Delivery

CLOCK = SystemClock()
NOW = CLOCK.now()
LANE = Partition(topology.IMAGES_ACCEPTED, 0)


class FlakyError(Exception):
    """An error of ours."""


def accepted(number: int, *, key: int | None = None) -> ImageAccepted:
    image_id = make_id(0, number if key is None else key)
    return ImageAccepted(
        image_id=image_id,
        generation=number + 1,
        original=Original(key=f"originals/{image_id}", size_bytes=1, sha256=""),
        instructions=Instructions(renditions={"main": Recipe()}),
        accepted_at=NOW,
    )


def long_story(event: Event) -> ImageFailed:
    """Return an outcome that takes much room."""
    assert isinstance(event, ImageAccepted)
    [failed] = give_up(event, Failure(code="long", message="x" * 30_000), 1)
    assert isinstance(failed, ImageFailed)
    return failed


SECONDS = {"slow": 0.002, "stuck": 3600}
ERRORS = {
    "fail": FlakyError("ours"),
    "away": Unavailable("a dependency is away"),
    "reject": Rejected("this will never do"),
}


@dataclass
class Fates:
    """A handler whose every attempt at every event ends as it was written beforehand."""

    written: dict[str, list[str]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    busy: int = 0
    busiest: int = 0

    async def handle(self, event: Event, _: Delivery) -> Sequence[Event]:
        self.begun.append(event.event_id)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            fates = self.written.get(event.event_id)
            fate = fates.pop(0) if fates else "finish"
            await asyncio.sleep(SECONDS.get(fate, 0))
            if fate in ERRORS:
                raise ERRORS[fate]
        finally:
            self.busy -= 1
        self.done.add(event.event_id)
        return [long_story(event)] if fate == "talk" else ()


class WatchedLog(MemoryEventLog):
    """A log that looks at every commit: none may pass a record whose work is not durable."""

    def __init__(self, fates: Fates) -> None:
        super().__init__(CLOCK)
        self.fates = fates
        self.dry = asyncio.Event()

    async def commit(self, group: str, positions: Positions) -> None:
        buried = {one.headers["ce_id"] for one in await self.letters()}
        for record in await self.read({LANE.topic: 0}, 10_000):
            event_id = record.headers["ce_id"]
            if record.offset < positions[LANE.topic]:
                assert event_id in self.fates.done | buried, f"{event_id} committed unfinished"
        await super().commit(group, positions)
        if not (await self.count(await self.committed(group, [LANE.topic])))[LANE.topic]:
            self.dry.set()

    async def letters(self) -> Sequence[DeadLetter]:
        records = await self.read({topology.DEAD_LETTERS: 0}, 10_000)
        return [codec.decode_dead_letter(one) for one in records]

    async def failures(self) -> Sequence[ImageFailed]:
        records = await self.read({topology.IMAGES_FINISHED: 0}, 10_000)
        return [one for one in map(codec.decode, records) if isinstance(one, ImageFailed)]


def give_up(event: Event, failure: Failure, attempts: int) -> Sequence[Event]:
    assert isinstance(event, ImageAccepted)
    return [
        ImageFailed(
            image_id=event.image_id,
            generation=event.generation,
            failure=failure,
            attempts=attempts,
            accepted_at=NOW,
            failed_at=NOW,
        )
    ]


def consumer(
    log: WatchedLog, attempts: MemoryAttempts, *, in_order: bool = True, **changes: float
) -> Consumer[Event]:
    chosen = ConsumerSettings(
        window=4,
        backoff_seconds=0.0005,
        longest_backoff_seconds=0.001,
        commit_every_seconds=0,
        halt_after=1_000,
        drain_seconds=5,
        poll_seconds=0.001,
    )
    return Consumer(
        service="processor",
        topics=[LANE.topic],
        decode=codec.decode,
        handle=log.fates.handle,
        give_up=give_up,
        log=log,
        attempts=attempts,
        clock=CLOCK,
        random=Random(0),
        metrics=MemoryMetrics(),
        in_order=in_order,
        settings=replace(chosen, **changes),  # type: ignore[arg-type]  # numbers, all of them
    )


async def run_until(done: asyncio.Event, running: Consumer[Event], *, longest: float = 10) -> None:
    """Run until the event is set, or for so many seconds; then stop as a service does."""
    stop = asyncio.Event()
    task = asyncio.create_task(running.run(stop))
    waiting = asyncio.create_task(done.wait())
    await asyncio.wait([task, waiting], timeout=longest, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    waiting.cancel()
    await task


async def watched(fates: Fates, events: Sequence[ImageAccepted]) -> WatchedLog:
    log = WatchedLog(fates)
    await log.append([codec.encode(one, now=NOW) for one in events])
    return log
