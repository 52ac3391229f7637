from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bson import ObjectId
from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from calotype_core.adapters.mongo.collections import DELIVERIES, DELIVERY_LINES
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import Document, MongoDocuments, to_text
from calotype_core.adapters.mongo.failures import duplicates
from calotype_core.ports.deliveries import DeliveryState, Line

_LINES = MongoDocuments(Line, "endpoint")
_WELL = {"failures": 0, "failing_since": None, "rests_until": None}
_NEW = {"holder": None, "held_until": None, "woken": False, **_WELL}
_NEVER = to_text(datetime.max.replace(tzinfo=UTC))
_IDLE = {"due_at": _NEVER}
_LONGEST_DUE_FIRST = [("due_at", ASCENDING), ("_id", ASCENDING)]
_TICK = timedelta(microseconds=1)


class MongoDeliveryLines:
    """The lines that deliveries wait in, one document each.

    due_at is when a line may be taken, if it does not rest: of one that is held, when that is over;
    of one in which nothing waits, never. Whoever schedules or wakes writes a new revision, after
    the delivery itself: who lets go has looked at what waits, and writes only if the revision is
    what it was before that look. It is no count, which would begin anew with a line that was
    forgotten.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._lines = mongo.collection(DELIVERY_LINES)
        self._deliveries = mongo.collection(DELIVERIES)

    async def make_due(self, times: Mapping[str, str]) -> None:
        """Have lines be due at these times at the latest; those that are not there are made."""
        writes = [
            UpdateOne(
                {"_id": endpoint},
                {"$min": {"due_at": at}, "$set": {"revision": ObjectId()}, "$setOnInsert": _NEW},
                upsert=True,
            )
            for endpoint, at in times.items()
        ]

        async def step() -> bool | None:
            try:
                await self._lines.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                # Two made the same line at once: it is there now.
                return None if duplicates(error) else True
            return True

        if writes:
            await self._mongo.settle(step)

    async def take(self, now: datetime, holder: str, until: datetime, limit: int) -> Sequence[Line]:
        """See Deliveries."""
        # Not $lte: in an index of several fields, not every server includes the bound itself.
        due = {"$lt": to_text(now + _TICK)}
        # Not greater: that is true of what is held by nobody, and does not rest, too.
        over = {"$not": {"$gt": to_text(now)}}
        where = {"due_at": due, "held_until": over, "rests_until": over}
        found = await self._mongo.find(self._lines, where, sort=_LONGEST_DUE_FIRST, limit=limit)
        if not found:
            return []
        turn = ObjectId()
        hold = {"holder": holder, "held_until": to_text(until), "due_at": to_text(until)}
        writes = [
            UpdateOne(
                {**_same(one, "_id", "held_until", "failures"), "due_at": due},
                {"$set": {**hold, "woken": False, "turn": turn, "revision": turn}},
            )
            for one in found
        ]
        async with self._mongo.answering():
            await self._lines.bulk_write(writes, ordered=False)
        ours = await self._mongo.find(
            self._lines,
            {"_id": {"$in": [one["_id"] for one in found]}, "turn": turn},
            sort=[("_id", ASCENDING)],
            limit=limit,
            fields={"_id": True},
        )
        won = {one["_id"] for one in ours}
        return [_LINES.load(one["_id"], {**one, **hold}) for one in found if one["_id"] in won]

    async def keep(self, line: Line, until: datetime) -> bool:
        """See Deliveries."""
        if line.holder is None:
            return False
        longer = {"held_until": to_text(until), "due_at": to_text(until)}
        async with self._mongo.answering():
            kept = await self._lines.update_one(
                {"_id": line.endpoint, "holder": line.holder}, {"$set": longer}
            )
        return kept.matched_count > 0

    async def let_go(self, line: Line) -> None:
        """See Deliveries."""

        async def step() -> bool | None:
            found = await self._lines.find_one({"_id": line.endpoint, "holder": line.holder})
            if not found:
                return True
            told = Line(endpoint=line.endpoint) if found["woken"] else line
            first = await self._first_due(line.endpoint)
            unchanged = _same(found, "_id", "holder", "revision")
            if first is None and not told.memorable:
                return (await self._lines.delete_one(unchanged)).deleted_count > 0 or None
            rests_until = to_text(told.rests_until) if told.rests_until else ""
            due_at = max(first or _NEVER, rests_until)
            free = _LINES.fields(replace(told, holder=None, held_until=None))
            written = await self._lines.update_one(unchanged, {"$set": {**free, "due_at": due_at}})
            return written.matched_count > 0 or None

        if line.holder is not None:
            await self._mongo.settle(step)

    async def find(self, endpoint: str) -> Line | None:
        """See Deliveries.line."""
        async with self._mongo.answering():
            found = await self._lines.find_one({"_id": endpoint})
        return _LINES.load(endpoint, found) if found else None

    async def wake(self, endpoint: str, now: datetime) -> None:
        """See Deliveries."""
        async with self._mongo.answering():
            first = await self._first_due(endpoint)
            if first is None:
                await self._lines.delete_one({"_id": endpoint, **_IDLE})
            await self._lines.update_one(
                {"_id": endpoint},
                {"$set": {**_WELL, "woken": True, "revision": ObjectId()}},
            )
        if first is not None:
            await self.make_due({endpoint: to_text(now)})

    async def forget(self, endpoint: str) -> None:
        """Forget the line, whoever holds it."""
        async with self._mongo.answering():
            await self._lines.delete_one({"_id": endpoint})

    async def drop_idle(self, before: datetime) -> None:
        """Forget the lines in which nothing waits, and of which nothing later is remembered."""
        long_ago = {"$not": {"$gte": to_text(before)}}
        where = {**_IDLE, "failing_since": long_ago, "rests_until": long_ago}
        await self._mongo.drop(self._lines, where)

    async def _first_due(self, endpoint: str) -> str | None:
        waiting = {"endpoint": endpoint, "state": DeliveryState.PENDING.value}
        first = await self._mongo.find(
            self._deliveries,
            waiting,
            sort=[("next_attempt_at", ASCENDING)],
            limit=1,
            fields={"next_attempt_at": True},
        )
        return first[0]["next_attempt_at"] if first else None


def _same(document: Document, *names: str) -> Document:
    """Return a filter: the document as it was seen."""
    return {name: document[name] for name in names}
