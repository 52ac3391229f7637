"""What is remembered, and for how long."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_notifier import history
from calotype_notifier.history import Heard, History
from calotype_notifier.place import Place, unix_ms
from tests.unit.notifier.audience import NOW

pytestmark = pytest.mark.anyio

START_MS = unix_ms(NOW)


def heard(offset: int, *, at_ms: int = START_MS, size: int = 400, job: str = "job") -> Heard:
    place = Place(at_ms=at_ms, lane="b", partition=0, offset=offset)
    return Heard(place=place, kind="k", value=b"x" * size, image_id=f"i{offset}", job_id=job)


def ready(most_bytes: int = 10**6) -> History:
    made = History(most_bytes=most_bytes, since=NOW - timedelta(minutes=10))
    made.is_ready()
    return made


def kept(one: History) -> list[int]:
    return [one[number].place.offset for number in range(one.start, one.end)]


def test_it_covers_the_time_since_it_began() -> None:
    """A place since the moment it began at is covered, but for a margin; one before is not."""
    one = ready()
    began_ms = START_MS - 600_000
    assert one.covers(Place(at_ms=began_ms + 5_000, lane="i", partition=0, offset=1))
    assert not one.covers(Place(at_ms=began_ms + 4_999, lane="i", partition=0, offset=1))


def test_nothing_is_covered_before_it_is_ready() -> None:
    """While what was there before is still read, nobody can be told all that was missed."""
    one = History(most_bytes=10**6, since=NOW - timedelta(minutes=10))
    place = Place(at_ms=START_MS, lane="i", partition=0, offset=1)
    assert not one.covers(place)
    one.is_ready()
    assert one.covers(place)


async def test_who_comes_early_waits_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that comes before it is ready waits, and not for ever."""
    one = History(most_bytes=10**6, since=NOW)
    waiting = asyncio.create_task(one.ready())
    await asyncio.sleep(0)
    one.is_ready()
    assert await waiting
    monkeypatch.setattr(history, "_READY_SECONDS", 0.01)
    assert not await History(most_bytes=10**6, since=NOW).ready()


@given(st.lists(st.integers(0, 3000), max_size=60), st.integers(0, 10_000))
def test_it_is_bounded(sizes: list[int], most_bytes: int) -> None:
    """However much is heard, what is kept is the newest that fit, and no more."""
    one = ready(most_bytes)
    for offset, size in enumerate(sizes):
        one.add(heard(offset, size=size))
        fits = [one[number] for number in range(one.start, one.end)]
        assert sum(each.size_bytes for each in fits) <= most_bytes
        assert list(one.outcomes_of("job")) == list(range(one.start, one.end))
    assert kept(one) == list(range(len(sizes)))[len(sizes) - len(kept(one)) :]
    assert [each.place.offset for each in one.newest_first()] == kept(one)[::-1]


def test_what_is_forgotten_is_not_covered() -> None:
    """Once the oldest is forgotten, only what is later than it is covered."""
    one = ready(most_bytes=3_600)
    for offset in range(4):
        one.add(heard(offset, at_ms=START_MS + 10_000 * offset))
    assert kept(one) == [1, 2, 3]
    after = [
        Place(at_ms=START_MS + late, lane="b", partition=0, offset=0) for late in (5_000, 5_001)
    ]
    assert [one.covers(place) for place in after] == [False, True]


@given(
    st.lists(st.integers(0, 20_000), min_size=1, max_size=40),
    st.integers(0, 20_000),
    st.integers(1_000, 50_000),
)
def test_the_search_misses_nothing(times: list[int], since: int, most_bytes: int) -> None:
    """In whatever order times come, nothing that follows a place is below its number."""
    one = ready(most_bytes)
    for offset, at_ms in enumerate(times):
        one.add(heard(offset, at_ms=START_MS + at_ms))
    place = Place(at_ms=START_MS + since, lane="i", partition=0, offset=0)
    number = one.number_after(place)
    assert one.start <= number <= one.end
    earlier = [one[at].place for at in range(one.start, number)]
    assert not any(place.is_followed_by(each) for each in earlier)
