"""The one loop, driven with random finishes, failures, stops and restarts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core import codec
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.errors import Rejected
from calotype_core.ports.event_log import Message
from calotype_core.settling import ConsumerHaltedError
from tests.unit.core.fates import (
    LANE,
    NOW,
    Fates,
    WatchedLog,
    accepted,
    consumer,
    run_until,
    watched,
)

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
async def test_who_minds_no_order_minds_repetition() -> None:
    """Without an order one key's events are handled at once, but an event never beside itself."""
    events = [accepted(number, key=0) for number in range(4)]
    repeated = [accepted(9)] * 8
    fates = Fates({one.event_id: ["slow"] * 8 for one in (*events, accepted(9))})
    log = await watched(fates, [*events, *repeated])
    await run_until(log.dry, consumer(log, MemoryAttempts(), in_order=False))
    assert fates.busiest == 4
    assert fates.begun.count(accepted(9).event_id) == 8
    assert await log.letters() == []


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


class SmallLog(WatchedLog):
    """A log that takes no large record."""

    async def append(self, messages: Sequence[Message]) -> None:
        if any(len(one.value) + len(one.key) > 20_000 for one in messages):
            raise Rejected("the record is too large")
        await super().append(messages)


@pytest.mark.anyio
async def test_a_dead_letter_that_is_too_large_is_cut() -> None:
    """A record whose dead letter the log does not take stops nothing, and can be found again."""
    log = SmallLog(Fates())
    huge = Message(topic=LANE.topic, key="k" * 15_000, value=b"none", headers={"ce_id": "huge"})
    await log.append([huge, codec.encode(accepted(0), now=NOW)])
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    [letter] = await log.letters()
    assert "calotype.images.accepted, partition 0, offset" in letter.cause.message
    assert (letter.cause.code, letter.value) == ("undecodable_event", b"")
    assert log.fates.done == {accepted(0).event_id}


@pytest.mark.anyio
async def test_what_cannot_be_announced_is_given_up() -> None:
    """An event whose outcome the log does not take ends as a dead letter, and stops nothing."""
    log = SmallLog(Fates({accepted(0).event_id: ["talk"]}))
    await log.append([codec.encode(accepted(number), now=NOW) for number in range(2)])
    await run_until(log.dry, consumer(log, MemoryAttempts()))
    [letter] = await log.letters()
    assert letter.cause.message == "the record is too large"
    assert {one.image_id for one in await log.failures()} == {accepted(0).image_id}
