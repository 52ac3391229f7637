"""What every source of ids promises."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.ids import SeededIds
from calotype_core.adapters.system.ids import SystemIds
from calotype_core.domain.ids import parse_id, time_of
from calotype_core.ports.clock import Clock
from calotype_core.ports.ids import Ids

MakeIds = Callable[[Clock], Ids]


def seeded(clock: Clock) -> Ids:
    return SeededIds(7, clock)


@pytest.fixture(params=[seeded, SystemIds], ids=["memory", "system"])
def make_ids(request: pytest.FixtureRequest) -> MakeIds:
    made: MakeIds = request.param
    return made


def test_an_id_is_well_formed_and_carries_its_time(make_ids: MakeIds) -> None:
    """An id is a UUIDv7 of the clock's time."""
    clock = ManualClock()
    new = make_ids(clock).new()
    assert parse_id(new) == new
    assert time_of(new) == clock.now()


def test_ids_ascend_within_a_millisecond(make_ids: MakeIds) -> None:
    """Ids that are drawn while the clock stands still ascend all the same."""
    clock = ManualClock()
    ids = make_ids(clock)
    drawn = [ids.new() for _ in range(1000)]
    assert drawn == sorted(set(drawn))
    assert time_of(drawn[-1]) == clock.now()


def test_ids_ascend_with_time(make_ids: MakeIds) -> None:
    """An id that is drawn later is greater."""
    clock = ManualClock()
    ids = make_ids(clock)
    drawn = []
    for _ in range(100):
        drawn.append(ids.new())
        clock.advance(0.001)
    assert drawn == sorted(set(drawn))


def test_ids_ascend_where_the_clock_is_turned_back(make_ids: MakeIds) -> None:
    """A clock that is put right by an hour gives no id below an earlier one."""
    clock = ManualClock()
    ids = make_ids(clock)
    before = ids.new()
    clock.turn_to(clock.now() - timedelta(hours=1))
    assert ids.new() > before


def test_the_same_seed_gives_the_same_ids() -> None:
    """Seeded ids are the same for a seed, and others for another."""
    assert SeededIds(1).new() == SeededIds(1).new()
    assert SeededIds(1).new() != SeededIds(2).new()


def test_two_systems_give_other_ids() -> None:
    """Two sources at the same time do not give the same ids."""
    clock = ManualClock()
    assert SystemIds(clock).new() != SystemIds(clock).new()
