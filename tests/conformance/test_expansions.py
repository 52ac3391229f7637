"""What every ledger of expansions promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype_core.domain.expansion import Expansion
from calotype_core.ports.expansions import Expansions

pytestmark = pytest.mark.anyio

OpenExpansions = Callable[[], AbstractAsyncContextManager[Expansions]]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
TICK = timedelta(microseconds=1)


def expansion(job_id: str = "job", generation: int = 1) -> Expansion:
    return Expansion(
        job_id=job_id,
        generation=generation,
        manifest_key=f"jobs/{job_id}/manifest.jsonl",
        total=3,
        instructions='{"renditions":[{"name":"é"}]}',
        causes=("timed_out", "not_found"),
        callback_url="https://é.example",
        accepted_at=NOW,
    )


async def pending(expansions: Expansions, now: datetime = NOW) -> list[Expansion]:
    return list(await expansions.pending(now, limit=100))


async def opened(expansions: Expansions, *job_ids: str) -> list[Expansion]:
    for job_id in job_ids:
        await expansions.open(expansion(job_id))
    return await pending(expansions)


async def swapped(expansions: Expansions, before: Expansion, after: Expansion) -> Expansion:
    kept = await expansions.swap(before, after)
    assert kept is not None
    return kept


async def closed(expansions: Expansions, one: Expansion, at: datetime = NOW) -> Expansion:
    return await swapped(expansions, one, replace(one, closed_at=at))


async def test_an_expansion_is_kept_whole(expansions: Expansions) -> None:
    """Every field comes back as it was opened, whatever the generation."""
    await expansions.open(expansion())
    await expansions.open(expansion(generation=2))
    assert await pending(expansions) == [expansion(), expansion(generation=2)]


async def test_opening_again_changes_nothing(expansions: Expansions) -> None:
    """An event that comes twice leaves the place that has been reached."""
    await expansions.open(expansion())
    moved = await swapped(
        expansions, expansion(), replace(expansion(), next_position=2, next_byte=170)
    )
    await expansions.open(expansion())
    assert await pending(expansions) == [moved]


async def test_what_is_closed_stays_closed(expansions: Expansions) -> None:
    """Nothing is pending of what has been handed out, not even when it is opened again."""
    await expansions.open(expansion())
    await closed(expansions, expansion())
    await expansions.open(expansion())
    assert await pending(expansions) == []


async def test_a_swap_writes_the_place_and_the_hold(expansions: Expansions) -> None:
    """A swap keeps where to go on, until when it is held and the end, and nothing else."""
    await expansions.open(expansion())
    after = replace(
        expansion("other", 2), next_position=2, next_byte=170, held_until=LATER, cancelled=True
    )
    held = replace(
        expansion(), next_position=2, next_byte=170, held_until=LATER, revision=1, cancelled=False
    )
    assert await expansions.swap(expansion(), after) == held
    assert await pending(expansions, LATER) == [held]
    assert await closed(expansions, held, NOW) == replace(held, closed_at=NOW, revision=2)


async def test_a_swap_of_what_is_outdated_is_none(expansions: Expansions) -> None:
    """Who comes with an older revision, or one that is not known, writes nothing."""
    assert await expansions.swap(expansion(), expansion()) is None
    await expansions.open(expansion())
    moved = await swapped(expansions, expansion(), replace(expansion(), next_position=1))
    assert await expansions.swap(expansion(), replace(expansion(), next_position=3)) is None
    assert await pending(expansions) == [moved]


async def test_a_held_one_is_pending_once_the_hold_is_over(expansions: Expansions) -> None:
    """What somebody holds is nobody else's before the time, and from that time on it is."""
    await expansions.open(expansion())
    held = await swapped(expansions, expansion(), replace(expansion(), held_until=LATER))
    assert await pending(expansions, LATER - TICK) == []
    assert await pending(expansions, LATER) == [held]
    free = await swapped(expansions, held, replace(held, held_until=None))
    assert await pending(expansions, NOW) == [free]


async def test_jobs_take_turns(expansions: Expansions) -> None:
    """New ones come first, by their ids, and who had a turn stands behind all who wait."""
    a, b, c = await opened(expansions, "b", "c", "a")
    assert [one.job_id for one in (a, b, c)] == ["a", "b", "c"]
    for one in (b, a, c):
        await swapped(expansions, one, one)
        await asyncio.sleep(0.002)  # servers tell times apart by the millisecond
    waiting = await opened(expansions, "e", "d")
    assert [one.job_id for one in waiting] == ["d", "e", "b", "a", "c"]
    await swapped(expansions, waiting[2], waiting[2])
    assert [one.job_id for one in await pending(expansions)] == ["d", "e", "a", "c", "b"]


async def test_as_many_as_asked_for(expansions: Expansions) -> None:
    """Pending gives no more than the limit, the first of them."""
    first, second, _ = await opened(expansions, "a", "b", "c")
    assert list(await expansions.pending(NOW, limit=2)) == [first, second]
    assert list(await expansions.pending(NOW, limit=0)) == []


async def test_cancelling_during_a_hold(expansions: Expansions) -> None:
    """Who holds a job that is cancelled is told with the next swap, and loses no place."""
    await expansions.open(expansion())
    held = await swapped(expansions, expansion(), replace(expansion(), held_until=LATER))
    assert await expansions.cancel("job")
    free = await swapped(expansions, held, replace(held, next_position=2, held_until=None))
    assert free == replace(held, next_position=2, held_until=None, revision=2, cancelled=True)
    assert await pending(expansions) == [free]


async def test_cancelling_marks_what_is_open(expansions: Expansions) -> None:
    """A mark is on every open expansion of the job, and on no other; again, it is the same."""
    await expansions.open(expansion())
    await closed(expansions, expansion())
    for one in (expansion(generation=2), expansion(generation=3), expansion("other")):
        await expansions.open(one)
    assert await expansions.cancel("job")
    assert await expansions.cancel("job")
    marked = [(one.job_id, one.generation, one.cancelled) for one in await pending(expansions)]
    assert marked == [("job", 2, True), ("job", 3, True), ("other", 1, False)]


async def test_cancelling_what_is_closed_or_unknown(expansions: Expansions) -> None:
    """There is nothing to cancel of a job that was handed out, or that nobody knows."""
    assert not await expansions.cancel("job")
    await expansions.open(expansion())
    await closed(expansions, expansion())
    assert not await expansions.cancel("job")


async def test_old_ones_are_forgotten(expansions: Expansions) -> None:
    """Expiry drops those that were closed before the time, and no others."""
    old, new, open_ = await opened(expansions, "a", "b", "c")
    await closed(expansions, old, NOW - TICK)
    new = await closed(expansions, new, NOW)
    assert await expansions.expire(NOW) == 1
    assert await expansions.expire(NOW) == 0
    assert await expansions.swap(old, old) is None
    assert await expansions.swap(new, new) is not None
    assert await opened(expansions, "a") == [expansion("a"), open_]


async def test_one_of_two_holders_gets_it(open_expansions: OpenExpansions) -> None:
    """Where two processes reach for the same turn, one gets it and the other is told so."""
    async with open_expansions() as ours, open_expansions() as theirs:
        await ours.open(expansion())
        known = expansion()
        for turn in range(1, 6):
            after = replace(known, next_position=turn, held_until=LATER)
            got = await asyncio.gather(
                *(ledger.swap(known, after) for ledger in (ours, theirs, ours, theirs))
            )
            [known] = [one for one in got if one is not None]
            assert (known.revision, known.next_position) == (turn, turn)
        assert await pending(theirs, LATER) == [known]


async def test_who_overslept_writes_nothing(open_expansions: OpenExpansions) -> None:
    """A holder whose time was over when another took its place cannot undo what that has done."""
    async with open_expansions() as ours, open_expansions() as theirs:
        await ours.open(expansion())
        slow = await swapped(ours, expansion(), replace(expansion(), held_until=NOW))
        [taken] = await pending(theirs)
        fast = await swapped(theirs, taken, replace(taken, next_position=2, held_until=LATER))
        assert await ours.swap(slow, replace(slow, next_position=1, held_until=None)) is None
        assert await pending(ours, LATER) == [fast]


async def test_the_ledger_outlives_the_process(open_expansions: OpenExpansions) -> None:
    """Places, holds and marks are there after closing and opening again."""
    async with open_expansions() as expansions:
        await expansions.open(expansion())
        await swapped(
            expansions, expansion(), replace(expansion(), next_position=1, held_until=LATER)
        )
        await expansions.cancel("job")
    async with open_expansions() as expansions:
        assert await pending(expansions) == []
        [one] = await pending(expansions, LATER)
        assert (one.next_position, one.cancelled) == (1, True)
