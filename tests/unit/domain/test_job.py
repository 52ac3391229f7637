from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import State, Status, follow
from tests.unit.domain.stories import Said, steps

TOTAL = 5
CODES = ("timed_out", "not_found")
AT = datetime(2026, 1, 1, tzinfo=UTC)
TEN_SECONDS = timedelta(seconds=10)
RUNNING = JobRecord(job_id="job", total=100, announced=60, completed=30, failed=10, accepted_at=AT)


def item(position: int, state: State) -> JobItem:
    return JobItem(
        position=position,
        image_id=f"image-{position}",
        generation=state.generation,
        status=state.status,
        # Another generation may fail of something else.
        failure_code=CODES[state.generation % 2] if state.status is Status.FAILED else None,
    )


def counted_afresh(items: Iterable[JobItem]) -> JobRecord:
    known = list(items)
    seen = Counter(one.status for one in known)
    return JobRecord(
        job_id="job",
        total=TOTAL,
        announced=seen.total(),
        completed=seen[Status.COMPLETED],
        failed=seen[Status.FAILED],
        causes=Counter(one.failure_code for one in known if one.failure_code),
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


def test_a_retry_is_done_once_it_was_handed_out() -> None:
    """A job that is retried is not finished before each of its items has been handed out anew."""
    job = JobRecord(job_id="job", total=1, failed=1, generation=2)
    assert not job.is_finished
    assert replace(job, expanded=2).is_finished


def test_what_was_not_counted_is_no_cause() -> None:
    """A failure from before causes were counted leaves none behind when it is mended."""
    failed = item(0, State(generation=1, status=Status.FAILED))
    begun = item(0, State(generation=2, status=Status.PROCESSING))
    job = JobRecord(job_id="job", total=1, announced=1, failed=1).counting(failed, begun)
    assert (job.failed, job.causes) == (0, {})


def test_rate_and_estimate() -> None:
    """A job's rate is that since its acceptance; what is left will take as long for each."""
    assert RUNNING.rate(AT + TEN_SECONDS) == 4
    assert RUNNING.seconds_left(AT + TEN_SECONDS) == 15


def test_rate_of_a_finished_job() -> None:
    """Once a job is finished its rate stands still, and nothing is left."""
    done = replace(RUNNING, completed=80, failed=20, finished_at=AT + 2 * TEN_SECONDS)
    assert done.rate(AT + 9 * TEN_SECONDS) == 5
    assert done.seconds_left(AT + 9 * TEN_SECONDS) == 0


@pytest.mark.parametrize(
    "job",
    [
        replace(RUNNING, accepted_at=None),
        replace(RUNNING, completed=0, failed=0),
        replace(RUNNING, accepted_at=AT + TEN_SECONDS),
        replace(RUNNING, generation=2),
    ],
)
def test_a_rate_that_nobody_knows(job: JobRecord) -> None:
    """Before acceptance and outcomes, by a clock that is behind, and in a retry, none is told."""
    assert job.rate(AT + TEN_SECONDS) is None
    assert job.seconds_left(AT + TEN_SECONDS) is None


def test_an_estimate_needs_the_total() -> None:
    """What is left of a job whose total nobody knows yet cannot be told."""
    assert replace(RUNNING, total=None).seconds_left(AT + TEN_SECONDS) is None
