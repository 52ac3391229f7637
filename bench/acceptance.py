"""How long a CSV takes to be accepted, and in how much memory."""

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import machine, product, spreadsheet
from bench.jobs import Operator


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A CSV that was accepted: seconds that passed, the main process's CPU seconds, and its peaks.

    The peaks of memory are from just before and just after.
    """

    rows: int
    size_bytes: int
    seconds: float
    busy: float
    peak_before: int
    peak_after: int


def measure(rows: int) -> Acceptance:
    """Have a product that has done nothing yet accept a CSV, and cancel what came of it."""
    with (
        tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder,
        product.running() as running,
        closing(Operator(running.host)) as operator,
    ):
        sheet = Path(folder, spreadsheet.NAME)
        spreadsheet.write(sheet, rows, spreadsheet.nowhere)
        before, busy_before = machine.peak_bytes(running.pid), machine.main_seconds(running.pid)
        sent = operator.send(sheet)
        busy = machine.main_seconds(running.pid) - busy_before
        after = machine.peak_bytes(running.pid)
        operator.cancel(sent.job_id)
        return Acceptance(rows, sheet.stat().st_size, sent.seconds, busy, before, after)
