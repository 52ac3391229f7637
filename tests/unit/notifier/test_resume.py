"""A connection that is lost and resumed at another replica: nothing is missed, whenever it was."""

import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core.ports.event_log import Record
from calotype_notifier.live import Wanted
from calotype_notifier.place import Place, parse_place, place_of
from tests.unit.notifier.audience import JOB, NOW, OTHER_JOB, World, failed, record_of

pytestmark = pytest.mark.anyio

JOBS = (JOB, OTHER_JOB, None)


@st.composite
def logs(draw: st.DrawFn) -> Sequence[Record]:
    """Events in order of time, each in the partition of its job, at growing offsets."""
    steps = draw(st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from(JOBS)), max_size=30))
    records: list[Record] = []
    at_ms = 0
    for number, (later_ms, job_id) in enumerate(steps):
        at_ms += later_ms
        when = NOW + timedelta(milliseconds=at_ms)
        lane = JOBS.index(job_id)
        records.append(record_of(failed(number, job_id), number + 1, when, partition=lane))
    return records


def interleaved(records: Sequence[Record], order: st.DataObject) -> Sequence[Record]:
    """Return them as another replica may hear them: partitions keep their order, and no more."""
    by_partition = sorted(records, key=lambda one: one.partition)
    lanes = [list(lane) for _, lane in groupby(by_partition, key=lambda one: one.partition)]
    heard: list[Record] = []
    while lanes:
        lane = order.draw(st.sampled_from(lanes))
        heard.append(lane.pop(0))
        lanes = [one for one in lanes if one]
    return heard


@settings(deadline=None, max_examples=150)
@given(records=logs(), wanted_all=st.booleans(), order=st.data())
async def test_nothing_is_missed(
    *, records: Sequence[Record], wanted_all: bool, order: st.DataObject
) -> None:
    """Wherever the cut is, what is told before and after it is everything, in its lane's order."""
    first, second = World(), World()
    ids = None if wanted_all else [JOB]
    client = first.follower()
    await first.live.catch_up(client, Wanted(ids=ids))
    cut = order.draw(st.integers(0, len(records)))
    before: list[str] = []
    for record in records[:cut]:
        await first.live.hear(record)
    seen = order.draw(st.integers(0, cut))  # of what was told, the rest is lost with the connection
    client.end()
    while (told := await client.next()) is not None and len(before) < seen:
        before.append(told.text)
    known = order.draw(st.integers(cut, len(records)))  # to the other replica, when it is asked
    for record in interleaved(records[:known], order):
        await second.live.hear(record)
    since = parse_place(json.loads(before[-1])["eventId"]) if before else START
    again = second.follower(backlog=10_000)
    await second.live.catch_up(again, Wanted(ids=ids, since=since))
    for record in records[known:]:
        await second.live.hear(record)
    again.end()
    after: list[str] = []
    while (told := await again.next()) is not None:
        after.append(told.text)
    everything = [one for one in records if wanted_all or one.key == JOB]
    assert {*_ids(before), *_ids(after)} == {_id(one) for one in everything}
    for partition in {one.partition for one in records}:
        lane = [_id(one) for one in everything if one.partition == partition]
        mine = [one for one in _ids(after) if one in lane]
        assert mine == lane[len(lane) - len(mine) :]


START = Place(at_ms=int(NOW.timestamp() * 1000), lane="t", partition=0, offset=0)


def _id(record: Record) -> str:
    return str(place_of(record))


def _ids(texts: Sequence[str]) -> list[str]:
    return [json.loads(text)["eventId"] for text in texts]
