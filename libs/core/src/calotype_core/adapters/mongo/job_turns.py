"""Group commit: those who wish to change one page at the same time are served together."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from calotype_core.adapters.mongo.job_sums import Sums
from calotype_core.domain.job import JobItem, JobRecord


@dataclass(slots=True, eq=False)
class Wish:
    """One caller's change of an item, and what became of it."""

    position: int
    change: Callable[[JobItem | None], JobItem]
    job: JobRecord
    behind: Sums = field(default_factory=Sums)  # the page's sums right after it
    is_counted: bool = False
    error: Exception | None = None

    @property
    def is_settled(self) -> bool:
        """True once its caller can be answered."""
        return self.is_counted or self.error is not None


@dataclass(slots=True, eq=False, weakref_slot=True)
class Turn:
    """Those who wish to change one page; who comes to hold the lock serves all of them."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: list[Wish] = field(default_factory=list)


def fold(wishes: Sequence[Wish], items: dict[int, JobItem], sums: Sums) -> tuple[Sums, set[int]]:
    """Change the items as they are wished; return what they come to, and which have changed."""
    changed = set()
    for one in wishes:
        before = items.get(one.position)
        one.error = None
        try:
            after = one.change(before)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is its caller's
            one.error = error
            continue
        if after != before:
            items[one.position] = after
            changed.add(one.position)
            sums = sums.plus(Sums.of_step(before, after))
        one.behind = sums
    return sums, changed
