"""A whole job against the same photographs through the door, in turns."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import load, machine, spreadsheet
from bench.jobs import Operator
from bench.measure import NEGLIGIBLE, DifferentWorkError
from bench.product import Running
from bench.shop import Shop
from calotype_ingest.settings import CSV_INSTRUCTIONS


@dataclass(frozen=True, slots=True)
class Took:
    """What was measured: the seconds that passed, everybody's CPU seconds, and the shop's."""

    seconds: float
    spent: machine.Spent
    shop: float

    @property
    def strangers(self) -> float:
        """The share of the machine, 0 to 1, of processes that have no part in it."""
        whole = self.spent.busy + self.spent.idle
        return max(0.0, self.spent.strangers - self.shop) / whole

    @property
    def quiet(self) -> bool:
        """Whether it counts."""
        return self.strangers <= NEGLIGIBLE


@dataclass(frozen=True, slots=True)
class Pair:
    """A round of each, one right after the other."""

    images: int
    door: Took
    job: Took

    @property
    def ratio(self) -> float:
        """How fast the job is, the door being 1."""
        return self.door.seconds / self.job.seconds

    @property
    def quiet(self) -> bool:
        """Whether it counts."""
        return self.door.quiet and self.job.quiet

    def __str__(self) -> str:
        door, job = (self.images / one.seconds for one in (self.door, self.job))
        taken = max(self.door.strangers, self.job.strangers)
        left_out = "" if self.quiet else f"; left out, others took {taken:.0%} of the machine"
        return f"door {door:.2f}/s, job {job:.2f}/s, ratio {self.ratio:.3f}{left_out}"


@dataclass(frozen=True, slots=True)
class Ways:
    """The two ways in, of one product, and a folder for spreadsheets."""

    product: Running
    shop: Shop
    folder: Path
    clients: int

    def watched(self, work: Callable[[], object]) -> Took:
        """Do the work, and return what it took."""
        before, began = machine.spent(self.product.pid, without=self.shop.pid), time.perf_counter()
        shop_before = machine.spent_by(self.shop.pid)
        work()
        seconds = time.perf_counter() - began
        shop = machine.spent_by(self.shop.pid) - shop_before
        spent = machine.spent(self.product.pid, without=self.shop.pid).since(before)
        return Took(seconds, spent, shop)

    def sheet(self, rows: int) -> Path:
        """Write a CSV of the shop's first photographs, and return where it is."""
        path = self.folder / spreadsheet.NAME
        spreadsheet.write(path, rows, self.shop.url)
        return path

    def pair(self, order: Sequence[Path]) -> Pair:
        """Measure both; the shop has the same photographs in the same order."""
        sheet = self.sheet(len(order))
        door = self.watched(lambda: self._through_the_door(order))
        return Pair(len(order), door, self.watched(lambda: self._as_a_job(sheet)))

    def check(self, order: Sequence[Path]) -> None:
        """Raise DifferentWorkError unless both ways make the same of each photograph."""
        with closing(Operator(self.product.host)) as operator:
            sent = operator.send(self.sheet(len(order)))
            operator.until_finished(sent.job_id)
            by_job = list(operator.renditions(sent.job_id))
            by_door = [operator.upload(one, CSV_INSTRUCTIONS).made for one in order]
        for photograph, ours, theirs in zip(order, by_job, by_door, strict=True):
            if ours != theirs:
                raise DifferentWorkError(f"{photograph}: {ours} in a job, {theirs} at the door")

    def _through_the_door(self, order: Sequence[Path]) -> None:
        load.upload_all(self.product.host, order, self.clients, CSV_INSTRUCTIONS)

    def _as_a_job(self, sheet: Path) -> None:
        with closing(Operator(self.product.host)) as operator:
            operator.until_finished(operator.send(sheet).job_id)


def measure(ways: Ways, order: Sequence[Path], rounds: int) -> Iterator[Pair]:
    """Yield pairs until so many are quiet, and at most twice as many."""
    quiet = 0
    for _ in range(2 * rounds):
        pair = ways.pair(order)
        yield pair
        quiet += pair.quiet
        if quiet == rounds:
            return
