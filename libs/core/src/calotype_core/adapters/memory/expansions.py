from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from calotype_core.domain.expansion import Expansion
from calotype_core.ports.expansions import Expansions


class MemoryExpansions(Expansions):
    """Expansions in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Expansion] = {}
        self._turns: dict[tuple[str, int], int] = {}
        self._last_turn = 0

    async def open(self, expansion: Expansion) -> None:
        """See Expansions."""
        self._known.setdefault(_id(expansion), expansion)

    async def pending(self, now: datetime, *, limit: int) -> Sequence[Expansion]:
        """See Expansions."""
        waiting = [
            one
            for one in self._known.values()
            if one.closed_at is None and (one.held_until is None or one.held_until <= now)
        ]
        waiting.sort(key=lambda one: (self._turns.get(_id(one), 0), _id(one)))
        return waiting[:limit]

    async def swap(self, before: Expansion, after: Expansion) -> Expansion | None:
        """See Expansions."""
        known = self._known.get(_id(before))
        if known is None or known.revision != before.revision:
            return None
        self._last_turn += 1
        self._turns[_id(before)] = self._last_turn
        kept = self._known[_id(before)] = known.moved_to(after)
        return kept

    async def cancel(self, job_id: str) -> bool:
        """See Expansions."""
        marked = [
            replace(one, cancelled=True)
            for one in self._known.values()
            if one.job_id == job_id and one.closed_at is None
        ]
        self._known.update({_id(one): one for one in marked})
        return bool(marked)

    async def expire(self, before: datetime) -> int:
        """See Expansions."""
        old = [key for key, one in self._known.items() if one.closed_at and one.closed_at < before]
        for key in old:
            del self._known[key]
            self._turns.pop(key, None)
        return len(old)


def _id(expansion: Expansion) -> tuple[str, int]:
    return expansion.job_id, expansion.generation
