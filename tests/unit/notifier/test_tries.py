"""The schedule as data: what a try makes of a delivery, and of its endpoint's line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.ports.channel import EXCERPT_CHARS, Answer, GoneError, NotTakenError
from calotype_core.ports.deliveries import Delivery, DeliveryState, Line
from calotype_notifier.settings import DeliverySettings
from calotype_notifier.tries import (
    ATTEMPTS_KEPT,
    JITTER,
    NotTaken,
    Taken,
    after,
    line_after,
    rest_of,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCHEDULE = DeliverySettings().webhook_retries
OWED = Delivery(
    delivery_id="msg_1",
    event_id="event",
    event_type="job.finished",
    subject_id="job",
    channel="webhook",
    endpoint="callback:https://example.org/",
    to="https://example.org/",
    body="{}",
    next_attempt_at=NOW,
    created_at=NOW,
)
LINE = Line(endpoint=OWED.endpoint)


def taken(at: datetime = NOW) -> Taken:
    return Taken(at=at, seconds=0.25, answer=Answer(status=204, text="thanks"))


def refused(
    at: datetime = NOW, *, silent: bool = False, again_in: float = 0, status: int | None = 500
) -> NotTaken:
    error = NotTakenError(
        "It failed.", answer=Answer(status=status), silent=silent, again_in=again_in
    )
    return NotTaken(at=at, seconds=0.5, error=error)


def failing_until_given_up(schedule: tuple[float, ...]) -> list[Delivery]:
    """Return the delivery after each of its tries, each made at the moment when it is due."""
    became = [after(OWED, refused(), schedule, Random(1))]
    while became[-1].state is DeliveryState.PENDING:
        last = became[-1]
        became.append(after(last, refused(last.next_attempt_at), schedule, Random(1)))
    return became


def test_the_schedule_is_standard_webhooks() -> None:
    """Tries are made at 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h of pause."""
    became = failing_until_given_up(SCHEDULE)
    assert [one.tries for one in became] == [*range(1, 11)]
    assert became[-1].state is DeliveryState.FAILED
    tried = [one.attempts[-1].at for one in became]
    pauses = [
        (later - earlier - timedelta(seconds=0.5)).total_seconds()
        for earlier, later in pairwise(tried)
    ]
    expected = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    for pause, seconds in zip(pauses, expected, strict=True):
        assert seconds * (1 - JITTER) <= pause <= seconds * (1 + JITTER)


def test_no_schedule_is_one_try() -> None:
    """Without pauses there is one try."""
    assert [one.state for one in failing_until_given_up(())] == [DeliveryState.FAILED]


def test_taken_is_the_end() -> None:
    """A message that was taken is delivered; how that went is told."""
    became = after(OWED, taken(), SCHEDULE, Random())
    assert became.state is DeliveryState.DELIVERED
    (tried,) = became.attempts
    assert (tried.at, tried.seconds, tried.status, tried.code) == (NOW, 0.25, 204, None)
    assert tried.answer == "thanks"


def test_what_no_retry_helps_is_the_end() -> None:
    """Who is gone is not asked again, nor whoever else will never take it."""
    gone = NotTaken(at=NOW, seconds=0, error=GoneError("Gone.", answer=Answer(status=410)))
    assert after(OWED, gone, SCHEDULE, Random()).state is DeliveryState.FAILED


def test_retry_after_is_honoured() -> None:
    """An endpoint that asks for a longer pause than the schedule has gets it, for all its line."""
    asked = refused(again_in=3600)
    became = after(OWED, asked, SCHEDULE, Random())
    assert became.next_attempt_at == NOW + timedelta(seconds=3600.5)
    assert rest_of(line_after(LINE, asked), asked) == 3600


def test_a_short_retry_after_shortens_nothing() -> None:
    """An endpoint that asks for less is not called sooner than the schedule says."""
    became = after(replace(OWED, tries=1), refused(again_in=1), SCHEDULE, Random())
    assert became.next_attempt_at > NOW + timedelta(seconds=300 * (1 - JITTER))


def test_the_latest_attempts_are_kept() -> None:
    """A delivery that is replayed over and over tells of its latest attempts alone."""
    became = OWED
    for number in range(ATTEMPTS_KEPT + 5):
        at = NOW + timedelta(hours=number)
        became = after(replace(became, tries=0), refused(at), SCHEDULE, Random())
    assert len(became.attempts) == ATTEMPTS_KEPT
    assert became.attempts[-1].at == NOW + timedelta(hours=ATTEMPTS_KEPT + 4)


def test_an_excerpt_is_kept() -> None:
    """Of a long answer an excerpt is kept; where there is none, what went wrong in words."""
    long = Taken(at=NOW, seconds=0, answer=Answer(status=200, text="x" * 10_000))
    assert len(after(OWED, long, SCHEDULE, Random()).attempts[0].answer) == EXCERPT_CHARS
    assert after(OWED, refused(), SCHEDULE, Random()).attempts[0].answer == "It failed."


def test_a_line_counts_its_failures_in_a_row() -> None:
    """Failures are counted since the last message that was taken, and so is their time."""
    line = line_after(line_after(LINE, refused()), refused(NOW + timedelta(hours=1)))
    assert (line.failures, line.failing_since) == (2, NOW)
    assert line_after(line, taken()) == LINE


@pytest.mark.parametrize("failures", [1, 2, 9])
def test_who_answers_is_not_left_alone(failures: int) -> None:
    """An endpoint that answers with an error gets its other messages: they may be better."""
    assert rest_of(replace(LINE, failures=failures), refused()) == 0
    assert rest_of(replace(LINE, failures=10), refused()) > 0


def test_a_rest_grows_and_is_bounded() -> None:
    """An endpoint that keeps silent is asked less and less often, and at least every 5 minutes."""
    rests = [rest_of(replace(LINE, failures=n), refused(silent=True)) for n in range(1, 50)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (4, 300)


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_a_rest_delays_no_try_of_the_schedule(tries: int, seed: int) -> None:
    """Of an endpoint that has one delivery, the line's rest is over when that is due."""
    silent = refused(silent=True)
    became = after(replace(OWED, tries=tries - 1), silent, SCHEDULE, Random(seed))
    rest = rest_of(replace(LINE, failures=tries), silent)
    assert NOW + timedelta(seconds=rest) <= became.next_attempt_at
