from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calotype_core.ports.deliveries import (
    Deliveries,
    Delivery,
    DeliveryState,
    Line,
    Replayed,
    Sought,
)


@dataclass(slots=True)
class _Kept:
    """A line; due_at is None where nothing waits, woken whether it was while it is held."""

    line: Line
    due_at: datetime | None = None
    woken: bool = False


class MemoryDeliveries(Deliveries):
    """Deliveries and lines in dictionaries, gone with the process."""

    def __init__(self) -> None:
        self._known: dict[str, Delivery] = {}
        self._waiting: defaultdict[str, set[str]] = defaultdict(set)
        self._lines: dict[str, _Kept] = {}

    async def schedule(self, deliveries: Sequence[Delivery]) -> int:
        """See Deliveries."""
        before = len(self._known)
        for one in deliveries:
            self._put(self._known.get(one.delivery_id, one))
        return len(self._known) - before

    async def get(self, delivery_id: str) -> Delivery | None:
        """See Deliveries."""
        return self._known.get(delivery_id)

    async def newest(
        self, sought: Sought, *, limit: int, before: str | None = None
    ) -> Sequence[Delivery]:
        """See Deliveries."""
        end = None if before is None else self._known.get(before)
        if before is not None and end is None:
            return []
        found = [
            one
            for one in self._known.values()
            if _matches(one, sought) and (end is None or _age(one) < _age(end))
        ]
        return sorted(found, key=_age, reverse=True)[:limit]

    async def take(
        self, now: datetime, *, holder: str, until: datetime, limit: int
    ) -> Sequence[Line]:
        """See Deliveries."""
        free = [
            (kept.due_at, endpoint)
            for endpoint, kept in self._lines.items()
            if kept.due_at is not None
            and kept.due_at <= now
            and (kept.line.held_until is None or kept.line.held_until <= now)
        ]
        taken = [self._lines[endpoint] for _, endpoint in sorted(free)[:limit]]
        for kept in taken:
            kept.line = replace(kept.line, holder=holder, held_until=until)
            kept.woken = False
        return [kept.line for kept in taken]

    async def keep(self, line: Line, until: datetime) -> bool:
        """See Deliveries."""
        kept = self._held(line)
        if kept is None:
            return False
        kept.line = replace(kept.line, held_until=until)
        return True

    async def due(self, endpoint: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """See Deliveries."""
        due = [one for one in self._pending(endpoint) if one.next_attempt_at <= now]
        return sorted(due, key=lambda one: (one.next_attempt_at, one.delivery_id))[:limit]

    async def record(self, delivery: Delivery) -> None:
        """See Deliveries."""
        known = self._known.get(delivery.delivery_id)
        if known is None:
            return
        delivery = delivery.recorded_over(known)
        self._known[delivery.delivery_id] = delivery
        if delivery.state is not DeliveryState.PENDING:
            self._waiting[delivery.endpoint].discard(delivery.delivery_id)

    async def let_go(self, line: Line) -> None:
        """See Deliveries."""
        kept = self._held(line)
        if kept is None:
            return
        first = min((one.next_attempt_at for one in self._pending(line.endpoint)), default=None)
        told = Line(endpoint=line.endpoint) if kept.woken else line
        if first is None and not told.memorable:
            del self._lines[line.endpoint]
            return
        due_at = max(first, told.rests_until or first) if first else None
        self._lines[line.endpoint] = _Kept(replace(told, holder=None, held_until=None), due_at)

    async def line(self, endpoint: str) -> Line | None:
        """See Deliveries."""
        kept = self._lines.get(endpoint)
        return kept.line if kept else None

    async def wake(self, endpoint: str, now: datetime) -> None:
        """See Deliveries."""
        kept = self._lines.get(endpoint)
        if kept is None:
            return
        kept.line = replace(kept.line, failures=0, failing_since=None, rests_until=None)
        kept.woken = True
        if any(self._pending(endpoint)):
            kept.due_at = now
        elif kept.line.holder is None:
            del self._lines[endpoint]

    async def again(self, delivery_id: str, now: datetime) -> Delivery | None:
        """See Deliveries."""
        known = self._known.get(delivery_id)
        return None if known is None else self._put(known.owed_again(now))

    async def again_since(
        self, endpoint: str, since: datetime, now: datetime, *, limit: int
    ) -> Replayed:
        """See Deliveries."""
        ended = [
            one
            for one in self._known.values()
            if one.endpoint == endpoint
            and one.state is not DeliveryState.PENDING
            and one.created_at >= since
        ]
        chosen = sorted(ended, key=_age)[:limit]
        for one in chosen:
            self._put(one.owed_again(now))
        last = chosen[-1].created_at if chosen and len(chosen) == limit else None
        return Replayed(count=len(chosen), goes_on_at=last)

    async def drop(self, endpoint: str) -> None:
        """See Deliveries."""
        self._lines.pop(endpoint, None)
        self._waiting.pop(endpoint, None)
        self._known = {key: one for key, one in self._known.items() if one.endpoint != endpoint}

    async def expire(self, before: datetime) -> int:
        """See Deliveries."""
        old = [one for one in self._known.values() if one.created_at < before]
        for one in old:
            del self._known[one.delivery_id]
            self._waiting[one.endpoint].discard(one.delivery_id)
        self._lines = {
            endpoint: kept
            for endpoint, kept in self._lines.items()
            if kept.due_at
            or kept.line.holder
            or (kept.line.failing_since and kept.line.failing_since >= before)
            or (kept.line.rests_until and kept.line.rests_until >= before)
        }
        return len(old)

    def _put(self, delivery: Delivery) -> Delivery:
        """Keep the delivery, and have its line be due with it, if it is pending."""
        self._known[delivery.delivery_id] = delivery
        if delivery.state is DeliveryState.PENDING:
            self._waiting[delivery.endpoint].add(delivery.delivery_id)
            kept = self._lines.setdefault(
                delivery.endpoint, _Kept(Line(endpoint=delivery.endpoint))
            )
            due_at = min(kept.due_at or delivery.next_attempt_at, delivery.next_attempt_at)
            kept.due_at = max(due_at, kept.line.rests_until or due_at)
        return delivery

    def _pending(self, endpoint: str) -> Iterator[Delivery]:
        return (self._known[delivery_id] for delivery_id in self._waiting.get(endpoint, ()))

    def _held(self, line: Line) -> _Kept | None:
        kept = self._lines.get(line.endpoint)
        return kept if kept and kept.line.holder and kept.line.holder == line.holder else None


def _age(one: Delivery) -> tuple[datetime, str]:
    return one.created_at, one.delivery_id


def _matches(one: Delivery, sought: Sought) -> bool:
    return (
        sought.endpoint in {None, one.endpoint}
        and sought.state in {None, one.state}
        and sought.event_type in {None, one.event_type}
        and sought.subject_id in {None, one.subject_id}
    )
