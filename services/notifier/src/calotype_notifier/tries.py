"""What a try makes of a delivery and of its line. Pure; the schedule is data.

Standard Webhooks 1.0 has the schedule: https://www.standardwebhooks.com, "Deliverability and
reliability".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from calotype_core.ports.channel import Answer, NotTakenError, excerpt
from calotype_core.ports.deliveries import Delivery, DeliveryState, Line, Try

JITTER = 0.1  # of each pause, more or less: what failed together does not come back together
ATTEMPTS_KEPT = 20
_FIRST_REST, _LONGEST_REST = (
    4.0,
    300.0,
)  # seconds; the first is shorter than any pause of a schedule
_ENOUGH = 10  # failures in a row, after which an endpoint that answers is given a rest as well


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A message was taken, so many seconds after the try began."""

    at: datetime
    seconds: float
    answer: Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class NotTaken:
    """A message was not taken."""

    at: datetime
    seconds: float
    error: NotTakenError


def after(
    delivery: Delivery, outcome: Taken | NotTaken, schedule: Sequence[float], random: Random
) -> Delivery:
    """Return the delivery after a try; schedule has the seconds between each try and the next."""
    tries = delivery.tries + 1
    tried = replace(
        delivery,
        tries=tries,
        attempts=(*delivery.attempts, _try(outcome))[-ATTEMPTS_KEPT:],
    )
    if isinstance(outcome, Taken):
        return replace(tried, state=DeliveryState.DELIVERED)
    if not outcome.error.retry or tries > len(schedule):
        return replace(tried, state=DeliveryState.FAILED)
    pause = schedule[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    pause = max(pause, outcome.error.again_in)
    ended_at = outcome.at + timedelta(seconds=outcome.seconds)
    return replace(tried, next_attempt_at=ended_at + timedelta(seconds=pause))


def line_after(line: Line, outcome: Taken | NotTaken) -> Line:
    """Return the line after a try."""
    if isinstance(outcome, Taken):
        return replace(line, failures=0, failing_since=None)
    since = line.failing_since or outcome.at
    return replace(line, failures=line.failures + 1, failing_since=since)


def rest_of(line: Line, outcome: Taken | NotTaken) -> float:
    """Return the seconds for which the endpoint is to be left alone after a try; 0: not at all.

    One that kept silent gets a rest, for it costs time to learn that, and one that asked for it. In
    the rest of others' deliveries no try is spent on it, so that they last until it is back.
    """
    if isinstance(outcome, Taken):
        return 0
    if outcome.error.silent or line.failures % _ENOUGH == 0:
        rest = min(_LONGEST_REST, _FIRST_REST * 2.0 ** min(line.failures - 1, 16))
        return max(rest, outcome.error.again_in)
    return outcome.error.again_in


def fails_for(line: Line, tried: Sequence[Delivery], now: datetime, so_long: timedelta) -> bool:
    """Return whether the endpoint fails for so long, in spite of real tries at these deliveries.

    Where months lie between two messages, the first failure of the second says little: one of them
    has to be given up first, or to have waited for half of the time.
    """
    if line.failing_since is None or now - line.failing_since < so_long:
        return False
    return any(
        one.state is DeliveryState.FAILED or now - one.created_at >= so_long / 2 for one in tried
    )


def _try(outcome: Taken | NotTaken) -> Try:
    seconds = round(outcome.seconds, 3)
    if isinstance(outcome, Taken):
        answer = outcome.answer
        return Try(
            at=outcome.at, seconds=seconds, status=answer.status, answer=excerpt(answer.text)
        )
    error = outcome.error
    return Try(
        at=outcome.at,
        seconds=seconds,
        code=error.code,
        status=error.answer.status,
        answer=excerpt(error.answer.text or error.message),
    )
