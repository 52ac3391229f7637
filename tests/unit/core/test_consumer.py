"""The one loop, driven with random finishes, failures, stops and restarts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core import codec, topology
from calotype_core.adapters.local.log_readers import Positions
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.consumer import (
    Consumer,
    ConsumerHaltedError,
    ConsumerSettings,
    Delivery,
)
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event, ImageAccepted, ImageFailed
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Failure, Original
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.errors import Rejected, Unavailable
from calotype_core.ports.event_log import Partition

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
            await asyncio.sleep(0.002 if fate == "slow" else 0)
            if fate in ERRORS:
                raise ERRORS[fate]
        finally:
            self.busy -= 1
        self.done.add(event.event_id)
        return ()


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


def consumer(log: WatchedLog, attempts: MemoryAttempts, **changes: float) -> Consumer:
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
        handle=log.fates.handle,
        give_up=give_up,
        log=log,
        attempts=attempts,
        clock=CLOCK,
        random=Random(0),
        metrics=MemoryMetrics(),
        settings=replace(chosen, **changes),  # type: ignore[arg-type]  # numbers, all of them
    )


async def run_until(done: asyncio.Event, running: Consumer, *, longest: float = 10) -> None:
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


ATTEMPTS = st.lists(st.sampled_from(["finish", "slow", "fail", "away", "reject"]), max_size=4)


@settings(max_examples=40, deadline=None)
@given(
    written=st.lists(ATTEMPTS, min_size=1, max_size=25),
    keys=st.lists(st.integers(0, 5), min_size=25, max_size=25),
    stops=st.lists(st.tuples(st.floats(0, 0.01), st.booleans()), max_size=4),
)
def test_a_commit_never_passes_unfinished_work(
    written: list[list[str]], keys: list[int], stops: list[tuple[float, bool]]
) -> None:
    """Whatever finishes, fails, stops or restarts: each is handled or buried, then committed."""

    async def story() -> None:
        events = [accepted(number, key=keys[number]) for number in range(len(written))]
        fates = Fates({one.event_id: [*fate] for one, fate in zip(events, written, strict=True)})
        log, attempts = await watched(fates, events), MemoryAttempts()
        for moment, graceful in stops:
            drain = 5.0 if graceful else 0.0
            await run_until(log.dry, consumer(log, attempts, drain_seconds=drain), longest=moment)
        await run_until(log.dry, consumer(log, attempts))
        letters = {one.headers["ce_id"] for one in await log.letters()}
        assert log.dry.is_set()
        assert fates.done | letters == {one.event_id for one in events}
        assert {one.image_id for one in await log.failures()} <= {one.image_id for one in events}
        assert fates.busiest <= 4

    asyncio.run(story())


@pytest.mark.anyio
async def test_three_attempts_then_the_dead_letter() -> None:
    """An event that fails every time is tried three times, buried with its cause, and announced."""
    poison, healthy = accepted(0), accepted(1)
    fates = Fates({poison.event_id: ["fail"] * 10})
    log = await watched(fates, [poison, healthy])
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    [letter], [failure] = await log.letters(), await log.failures()
    assert fates.begun.count(poison.event_id) == 3
    assert (letter.cause.code, letter.attempts, letter.key) == ("internal", 3, poison.image_id)
    assert codec.decode(letter) == poison
    assert (failure.image_id, failure.attempts) == (poison.image_id, 3)
    assert healthy.event_id in fates.done


@pytest.mark.anyio
async def test_what_will_never_do_is_not_tried_again() -> None:
    """A rejection is final: one attempt."""
    fates = Fates({accepted(0).event_id: ["reject"]})
    log = await watched(fates, [accepted(0)])
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    assert len(fates.begun) == 1
    assert [one.cause.code for one in await log.letters()] == ["rejected"]


@pytest.mark.anyio
async def test_an_outage_costs_no_attempts() -> None:
    """While a dependency is away an event is waited with, not given up."""
    fates = Fates({accepted(0).event_id: ["away"] * 20})
    log = await watched(fates, [accepted(0)])
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    assert accepted(0).event_id in fates.done
    assert not await log.letters()


@pytest.mark.anyio
async def test_a_process_that_dies_in_every_attempt() -> None:
    """Attempts are counted before they begin, so an event that kills its consumer is buried."""
    attempts = MemoryAttempts()
    for _ in range(3):
        await attempts.begin(accepted(0).event_id)  # and then the process died
    log = await watched(Fates(), [accepted(0)])
    await run_until(log.dry, consumer(log, attempts))
    assert not log.fates.begun
    assert [one.cause.code for one in await log.letters()] == ["attempt_died"]


@pytest.mark.anyio
async def test_bytes_that_are_no_event() -> None:
    """What cannot be decoded is buried, and holds nothing up."""
    log = await watched(Fates(), [])
    garbage = replace(codec.encode(accepted(0), now=NOW), value=b"\xff\xff")
    await log.append([garbage, codec.encode(accepted(1), now=NOW)])
    log.fates.done.add(garbage.headers["ce_id"])  # buried, which the watch knows by id alone
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    assert [one.cause.code for one in await log.letters()] == ["undecodable_event"]
    assert accepted(1).event_id in log.fates.done


@pytest.mark.anyio
async def test_events_of_one_key_keep_their_order() -> None:
    """Many events are in flight at once, but those of one key follow one another."""
    events = [accepted(number, key=number % 2) for number in range(20)]
    fates = Fates({one.event_id: ["slow"] for one in events[::3]})
    log = await watched(fates, events)
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    for key in range(2):
        own = [one.event_id for one in events[key::2]]
        assert [one for one in fates.begun if one in own] == own
    assert fates.busiest == 2


@pytest.mark.anyio
async def test_a_graceful_stop_redelivers_nothing() -> None:
    """What was begun is finished and committed before a stop returns."""
    events = [accepted(number) for number in range(20)]
    fates = Fates({one.event_id: ["slow"] for one in events})
    log, attempts = await watched(fates, events), MemoryAttempts()
    while not log.dry.is_set():
        await run_until(log.dry, consumer(log, attempts), longest=0.003)
    assert sorted(fates.begun) == sorted(one.event_id for one in events)


@pytest.mark.anyio
async def test_when_the_code_is_wrong_it_stops() -> None:
    """When most attempts fail for errors of ours, the loop stops rather than bury everything."""
    events = [accepted(number) for number in range(50)]
    fates = Fates({one.event_id: ["fail"] * 3 for one in events})
    log = await watched(fates, events)
    with pytest.raises(ConsumerHaltedError, match="half"):
        await run_until(log.dry, consumer(log, MemoryAttempts(), halt_after=10))
    assert len(await log.letters()) < len(events)


@pytest.mark.anyio
async def test_a_stop_waits_for_nobody_who_waits() -> None:
    """A stop in an outage ends at once, and costs the events that were waiting no attempt."""
    fates = Fates({accepted(0).event_id: ["away"] * 1_000_000})
    log, attempts = await watched(fates, [accepted(0)]), MemoryAttempts()
    for _ in range(5):
        await run_until(log.dry, consumer(log, attempts, drain_seconds=3600), longest=0.02)
    fates.written.clear()
    await run_until(log.dry, consumer(log, attempts))
    assert accepted(0).event_id in fates.done
    assert not await log.letters()
