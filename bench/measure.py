"""The measurements: rounds of many photographs, and single uploads."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

from bench import load, machine, recipe
from bench.product import Running
from bench.recipe import Made

NEGLIGIBLE = 0.04  # of the machine: what others may take of it before a pair does not count


class DifferentWorkError(Exception):
    """The two sides do not make the same."""


@dataclass(frozen=True, slots=True)
class Round:
    """One side through all the photographs once."""

    images: int
    seconds: float
    spent: machine.Spent

    @property
    def speed(self) -> float:
        """Images a second."""
        return self.images / self.seconds


@dataclass(frozen=True, slots=True)
class Pair:
    """A round of each, one right after the other."""

    bare: Round
    calotype: Round

    @property
    def ratio(self) -> float:
        """How fast Calotype is, the bare recipe being 1."""
        return self.calotype.speed / self.bare.speed

    @property
    def strangers(self) -> float:
        """The share of the machine that others took in the worse of the two."""
        return max(self.bare.spent.strangers_share, self.calotype.spent.strangers_share)

    @property
    def quiet(self) -> bool:
        """Whether it counts."""
        return self.strangers <= NEGLIGIBLE


@dataclass(frozen=True, slots=True)
class Single:
    """One upload on an idle system, in seconds: its answer, its rendering, and the bare recipe."""

    answer: float
    rendering: float
    bare: float


@dataclass(frozen=True, slots=True)
class Singles:
    """Some single uploads, and the share of the machine that others took meanwhile."""

    each: Sequence[Single]
    strangers: float

    @property
    def quiet(self) -> bool:
        """Whether the system was idle but for them."""
        return self.strangers <= NEGLIGIBLE


@dataclass(frozen=True, slots=True)
class Output:
    """What both sides make of the photographs: each one's pixels, and the bytes of all prints."""

    pixels: Sequence[int]
    bytes_by_hand: int
    bytes_by_calotype: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Peaks of resident memory in bytes; of the children, the largest first."""

    main: int
    children: Sequence[int]


@dataclass(frozen=True, slots=True)
class Sides:
    """The two that are compared, both running, one of them idle at any time."""

    pool: Pool
    product: Running
    clients: int

    def bare(self, photographs: Sequence[Path]) -> Round:
        """Measure the bare recipe."""

        def work() -> object:
            return list(self.pool.imap_unordered(recipe.make, photographs))

        return self._round(os.getpid(), len(photographs), work)

    def calotype(self, photographs: Sequence[Path]) -> Round:
        """Measure the product."""

        def work() -> object:
            return load.upload_all(self.product.host, photographs, self.clients)

        return self._round(self.product.pid, len(photographs), work)

    def check(self, photographs: Sequence[Path]) -> Output:
        """Return what is made of them; raises DifferentWorkError unless both make the same."""
        by_hand = self.pool.map(recipe.make, photographs)
        with closing(load.Client(self.product.host)) as client:
            answered = [client.upload(one).made for one in photographs]
        for photograph, ours, theirs in zip(photographs, by_hand, answered, strict=True):
            if _sides(ours) != _sides(theirs):
                raise DifferentWorkError(f"{photograph}: {ours} by hand, {theirs} by Calotype")
        return Output(
            pixels=[one["optimised"].width * one["optimised"].height for one in by_hand],
            bytes_by_hand=sum(map(_bytes, by_hand)),
            bytes_by_calotype=sum(map(_bytes, answered)),
        )

    def singles(self, photographs: Sequence[Path]) -> Singles:
        """Measure uploads one at a time, with nothing else going on."""
        before = machine.spent(self.product.pid)
        workers_before = self._workers()
        with closing(load.Client(self.product.host)) as client:
            each = [self._single(client, one) for one in photographs]
        spent = machine.spent(self.product.pid).since(before)
        by_workers = self._workers() - workers_before
        strangers = max(0.0, spent.strangers - by_workers) / (spent.busy + spent.idle)
        return Singles(each, strangers)

    def _single(self, client: load.Client, photograph: Path) -> Single:
        began = time.perf_counter()
        self.pool.apply(recipe.make, (photograph,))
        bare = time.perf_counter() - began
        # The product's own clock of this very upload: another run of the engine, in another process
        # and at another moment, differs by more than what is to be found here.
        before = client.rendering_seconds()
        answer = client.upload(photograph).seconds
        return Single(answer, client.rendering_seconds() - before, bare)

    def _workers(self) -> float:
        return machine.spent(os.getpid(), without=self.product.pid).children

    def memory(self) -> Memory:
        """Return the product's peaks so far."""
        pid = self.product.pid
        peaks = [machine.peak_bytes(one) for one in machine.children_of(pid)]
        return Memory(machine.peak_bytes(pid), sorted(peaks, reverse=True))

    def worker_peak_bytes(self) -> int:
        """Return the peak of the largest process that runs the bare recipe."""
        workers = machine.children_of(os.getpid(), without=self.product.pid)
        return max(map(machine.peak_bytes, workers))

    def _round(self, main: int, images: int, work: Callable[[], object]) -> Round:
        before, began = machine.spent(main, without=self.product.pid), time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        spent = machine.spent(main, without=self.product.pid).since(before)
        if main == os.getpid():  # it hands out the work, and is nobody's client
            spent = spent._replace(here=0.0)
        return Round(images, seconds, spent)


def _sides(made: Mapping[str, Made]) -> Mapping[str, tuple[int, int]]:
    return {name: (one.width, one.height) for name, one in made.items()}


def _bytes(made: Mapping[str, Made]) -> int:
    return sum(one.size_bytes for one in made.values())
