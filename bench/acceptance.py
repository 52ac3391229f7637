"""How long a CSV takes to be accepted, and in how much memory."""

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import machine, product, spreadsheet
from bench.jobs import Operator
from bench.shop import Shop


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A CSV that was accepted; the main process's peaks of memory just before and just after."""

    rows: int
    size_bytes: int
    seconds: float
    peak_before: int
    peak_after: int


def measure(rows: int, shop: Shop) -> Acceptance:
    """Have a product that has done nothing yet accept a CSV, and cancel what came of it."""
    with (
        tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder,
        product.running(shop.allowed) as running,
        closing(Operator(running.host)) as operator,
    ):
        sheet = Path(folder, spreadsheet.NAME)
        spreadsheet.write(sheet, rows, shop)
        before = machine.peak_bytes(running.pid)
        sent = operator.send(sheet)
        after = machine.peak_bytes(running.pid)
        operator.cancel(sent.job_id)
        return Acceptance(rows, sheet.stat().st_size, sent.seconds, before, after)
