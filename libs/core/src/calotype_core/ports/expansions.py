"""Ingest's own ledger of how far each job has been handed out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from calotype_core.domain.expansion import Expansion


class Expansions(Protocol):
    """Expansions by job and generation, and whose turn it is."""

    async def open(self, expansion: Expansion) -> None:
        """Keep a new expansion; one that is known, open or closed, stays as it is.

        Raises Unavailable.
        """

    async def pending(self, now: datetime, *, limit: int) -> Sequence[Expansion]:
        """Return up to limit that are open, and held by nobody or until now at the latest.

        Jobs take turns: those that were never swapped come first, in the order of their ids, then
        those whose last swap is longest ago, by the store's own time or count. Raises Unavailable.
        """

    async def swap(self, before: Expansion, after: Expansion) -> Expansion | None:
        """Write after where before's revision still stands, and return what is kept now.

        Writes next_position, next_byte, held_until and closed_at, and counts the revision up; what
        is returned says whether it has been cancelled, which no swap changes. None where somebody
        else came first, or nothing is known of it (any more). Raises Unavailable: then it may have
        been written, and before is outdated.
        """

    async def cancel(self, job_id: str) -> bool:
        """Mark each open expansion of the job; True if there is one, marked already or not.

        Leaves the revision alone: who holds it goes on, and is told with the next swap. Raises
        Unavailable.
        """

    async def expire(self, before: datetime) -> int:
        """Drop those that were closed earlier, and return how many: a repeat would open them anew.

        Raises Unavailable.
        """
