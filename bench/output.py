"""How long the output CSV of a job takes, and in how much memory."""

import asyncio
import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import machine, product
from bench.jobs import Operator
from bench.measure import DifferentWorkError
from bench.stored import store_finished

_URLS = "Output Image URLs"


@dataclass(frozen=True, slots=True)
class Output:
    """An output CSV that was downloaded, told as an Acceptance is."""

    rows: int
    size_bytes: int
    seconds: float
    busy: float
    peak_before: int
    peak_after: int


def measure(sizes: Sequence[int]) -> Iterator[Output]:
    """Download the output of a finished job of each size, the smallest first, from one product.

    Raises DifferentWorkError unless every row has come, once and in its place, with its image's
    URL.
    """
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        data_dir, sheet = Path(folder, "data"), Path(folder, "sheet.csv")
        jobs = {rows: asyncio.run(store_finished(data_dir, sheet, rows)) for rows in sorted(sizes)}
        with (
            product.running(data_dir=data_dir) as running,
            closing(Operator(running.host)) as operator,
        ):
            for rows, job_id in jobs.items():
                before = machine.peak_bytes(running.pid)
                busy_before = machine.main_seconds(running.pid)
                seconds = operator.take_back(job_id, sheet)
                busy = machine.main_seconds(running.pid) - busy_before
                after = machine.peak_bytes(running.pid)
                _check(sheet, rows)
                yield Output(rows, sheet.stat().st_size, seconds, busy, before, after)


def _check(sheet: Path, rows: int) -> None:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        numbers = [int(row["S. No."]) for row in csv.DictReader(file) if row[_URLS]]
    if numbers != list(range(1, rows + 1)):
        raise DifferentWorkError(f"of {rows:,} rows, {len(numbers):,} have come with their URLs")
