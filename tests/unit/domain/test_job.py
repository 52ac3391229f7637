from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import State, Status, follow
from tests.unit.domain.stories import Said, steps

TOTAL = 5


def item(position: int, state: State) -> JobItem:
    return JobItem(
        position=position,
        image_id=f"image-{position}",
        generation=state.generation,
        status=state.status,
    )


def counted_afresh(items: Iterable[JobItem]) -> JobRecord:
    seen = Counter(one.status for one in items)
    return JobRecord(
        job_id="job",
        total=TOTAL,
        announced=seen.total(),
        completed=seen[Status.COMPLETED],
        failed=seen[Status.FAILED],
    )


@given(st.lists(st.tuples(st.integers(0, TOTAL - 1), steps), max_size=40))
def test_counting_steps_is_counting_items(said: list[tuple[int, Said]]) -> None:
    """Whatever happens to a job's items, in whatever order, its counters are what they come to."""
    job = JobRecord(job_id="job", total=TOTAL)
    items: dict[int, JobItem] = {}
    for position, step in said:
        before = items.get(position)
        after = item(position, follow(before.state if before else None, step))
        if after != before:
            job = job.counting(before, after)
        items[position] = after
        assert job == counted_afresh(items.values())
        assert 0 <= job.running <= job.announced <= TOTAL
        assert job.waiting + job.running + job.completed + job.failed == TOTAL


def test_a_step_that_repeats_counts_nothing() -> None:
    """An item that stays what it was leaves the counters as they are."""
    done = item(0, State(generation=1, status=Status.COMPLETED))
    job = JobRecord(job_id="job", total=2).counting(None, done)
    assert job.counting(done, done) == job


@pytest.mark.parametrize(
    ("total", "completed", "failed", "status"),
    [
        (None, 0, 0, Status.PROCESSING),
        (None, 3, 0, Status.PROCESSING),  # outcomes may come before the acceptance
        (3, 0, 0, Status.PROCESSING),
        (3, 2, 0, Status.PROCESSING),
        (3, 1, 1, Status.PROCESSING),
        (3, 3, 0, Status.COMPLETED),
        (3, 1, 2, Status.COMPLETED),
        (3, 0, 3, Status.FAILED),
        (0, 0, 0, Status.COMPLETED),
    ],
)
def test_a_jobs_status(total: int | None, completed: int, failed: int, status: Status) -> None:
    """A job is done once every image has its outcome, and failed only where none made it."""
    job = JobRecord(job_id="job", total=total, completed=completed, failed=failed)
    assert job.status is status
    assert job.is_finished is status.is_terminal


def test_an_unknown_total_waits_for_nothing() -> None:
    """Until a job's acceptance is seen, no image of it is known to wait."""
    assert JobRecord(job_id="job", announced=2).waiting == 0
