"""What others feel of a large job: single uploads, and small jobs."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from bench.jobs import Operator
from bench.throughput import Took, Ways

SMALL = 10  # images of a small job
_UNDER_WAY = 50  # images of the large job that are done before anything is measured
_LOOK_SECONDS = 0.2


class FinishedTooSoonError(Exception):
    """The large job ended before the measurement did."""


@dataclass(frozen=True, slots=True)
class Felt:
    """Seconds of each single upload and of each small job, and who else took of the machine."""

    singles: Sequence[float]
    small_jobs: Sequence[float]
    meanwhile: Took


@dataclass(frozen=True, slots=True)
class Fairness:
    """The same on an idle system and beside a large job, of which so many were done at the end."""

    idle: Felt
    beside: Felt
    large: int
    done: int


def measure(
    ways: Ways, files: Sequence[Path], *, large: int, singles: int, small_jobs: int
) -> Fairness:
    """Measure both. Raises FinishedTooSoonError."""
    order = list(islice(cycle(files), singles))
    with closing(Operator(ways.product.host)) as operator:
        idle = _felt(ways, operator, order, small_jobs)
        sent = operator.send(ways.sheet(large))
        while operator.job(sent.job_id)["completed"] < min(_UNDER_WAY, large):
            time.sleep(_LOOK_SECONDS)
        beside = _felt(ways, operator, order, small_jobs)
        job = operator.job(sent.job_id)
        operator.cancel(sent.job_id)
    if job["waiting"] == 0:
        raise FinishedTooSoonError(f"the job of {large:,} was too small: give more with --large")
    return Fairness(idle, beside, large, job["completed"])


def _felt(ways: Ways, operator: Operator, order: Sequence[Path], small_jobs: int) -> Felt:
    singles: list[float] = []
    small: list[float] = []

    def work() -> None:
        singles.extend(operator.upload(one).seconds for one in order)
        sheet = ways.sheet(SMALL)
        for _ in range(small_jobs):
            began = time.perf_counter()
            operator.until_finished(operator.send(sheet).job_id)
            small.append(time.perf_counter() - began)

    return Felt(singles, small, ways.watched(work))
