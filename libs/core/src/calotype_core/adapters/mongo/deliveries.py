from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import BulkWriteError

from calotype_core.adapters.mongo.collections import DELIVERIES
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.delivery_lines import MongoDeliveryLines
from calotype_core.adapters.mongo.documents import Document, MongoDocuments, to_text
from calotype_core.adapters.mongo.failures import duplicates
from calotype_core.ports.deliveries import (
    Deliveries,
    Delivery,
    DeliveryState,
    Line,
    Replayed,
    Sought,
)

BATCH = 500  # deliveries in one write

_DELIVERIES = MongoDocuments(Delivery, "delivery_id")
_PENDING = DeliveryState.PENDING.value
_ENDED = (DeliveryState.DELIVERED.value, DeliveryState.FAILED.value)
_LONGEST_DUE_FIRST = [("next_attempt_at", ASCENDING), ("_id", ASCENDING)]
_NEWEST_FIRST = [("created_at", DESCENDING), ("_id", DESCENDING)]
_OLDEST_FIRST = [("created_at", ASCENDING), ("_id", ASCENDING)]
_AGE = itemgetter("created_at", "_id")
_TICK = timedelta(microseconds=1)


class MongoDeliveries(Deliveries):
    """Deliveries in MongoDB, one document each, and their lines beside them."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._deliveries = mongo.collection(DELIVERIES)
        self._lines = MongoDeliveryLines(mongo)

    async def schedule(self, deliveries: Sequence[Delivery]) -> int:
        """See Deliveries."""
        return sum(
            [
                await self._schedule(deliveries[at : at + BATCH])
                for at in range(0, len(deliveries), BATCH)
            ]
        )

    async def _schedule(self, deliveries: Sequence[Delivery]) -> int:
        documents = [{"_id": one.delivery_id, **_DELIVERIES.fields(one)} for one in deliveries]
        known: set[int] = set()
        try:
            async with self._mongo.answering():
                await self._deliveries.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            known.update(duplicates(error))
        fresh = [one for at, one in enumerate(documents) if at not in known]
        waiting = await self._mongo.find(
            self._deliveries,
            {"_id": {"$in": [documents[at]["_id"] for at in known]}, "state": _PENDING},
            sort=[("_id", ASCENDING)],
            limit=len(known),
            fields={"endpoint": True, "next_attempt_at": True},
        )
        await self._lines.make_due(_first_of_each([*fresh, *waiting]))
        return len(fresh)

    async def get(self, delivery_id: str) -> Delivery | None:
        """See Deliveries."""
        async with self._mongo.answering():
            found = await self._deliveries.find_one({"_id": delivery_id})
        return _loaded(found) if found else None

    async def newest(
        self, sought: Sought, *, limit: int, before: str | None = None
    ) -> Sequence[Delivery]:
        """See Deliveries."""
        where = _conditions(sought)
        if before is not None:
            end = await self.get(before)
            if end is None:
                return []
            where |= _older(end)
        states = [sought.state] if sought.state else list(DeliveryState)
        found: list[Document] = []
        for state in states:
            found += await self._mongo.find(
                self._deliveries, {**where, "state": state.value}, sort=_NEWEST_FIRST, limit=limit
            )
        return [_loaded(one) for one in sorted(found, key=_AGE, reverse=True)[:limit]]

    async def take(
        self, now: datetime, *, holder: str, until: datetime, limit: int
    ) -> Sequence[Line]:
        """See Deliveries."""
        return await self._lines.take(now, holder, until, limit)

    async def keep(self, line: Line, until: datetime) -> bool:
        """See Deliveries."""
        return await self._lines.keep(line, until)

    async def due(self, endpoint: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """See Deliveries."""
        # Not $lte: in an index of several fields, not every server includes the bound itself.
        due = {"$lt": to_text(now + _TICK)}
        where = {"endpoint": endpoint, "state": _PENDING, "next_attempt_at": due}
        found = await self._mongo.find(
            self._deliveries, where, sort=_LONGEST_DUE_FIRST, limit=limit
        )
        return [_loaded(one) for one in found]

    async def record(self, delivery: Delivery) -> None:
        """See Deliveries."""
        fields, its = _DELIVERIES.fields(delivery), {"_id": delivery.delivery_id}
        # See Delivery.recorded_over.
        going_on, begun_anew = {"$gte": delivery.tries - 1}, {"$lt": delivery.tries - 1}
        attempts = {"attempts": fields["attempts"]}
        async with self._mongo.answering():
            kept = await self._deliveries.update_one({**its, "tries": going_on}, {"$set": fields})
            if not kept.matched_count:
                await self._deliveries.update_one({**its, "tries": begun_anew}, {"$set": attempts})

    async def let_go(self, line: Line) -> None:
        """See Deliveries."""
        await self._lines.let_go(line)

    async def line(self, endpoint: str) -> Line | None:
        """See Deliveries."""
        return await self._lines.find(endpoint)

    async def wake(self, endpoint: str, now: datetime) -> None:
        """See Deliveries."""
        await self._lines.wake(endpoint, now)

    async def again(self, delivery_id: str, now: datetime) -> Delivery | None:
        """See Deliveries."""
        async with self._mongo.answering():
            await self._deliveries.update_one({"_id": delivery_id}, {"$set": _owed_again(now)})
        owed = await self.get(delivery_id)
        if owed is not None:
            await self._lines.make_due({owed.endpoint: to_text(now)})
        return owed

    async def again_since(
        self, endpoint: str, since: datetime, now: datetime, *, limit: int
    ) -> Replayed:
        """See Deliveries."""
        count = 0
        place = (to_text(since), "")
        while batch := await self._ended(endpoint, place, min(BATCH, limit - count)):
            ids = [one["_id"] for one in batch]
            async with self._mongo.answering():
                owed = await self._deliveries.update_many(
                    {"_id": {"$in": ids}, "state": {"$in": _ENDED}}, {"$set": _owed_again(now)}
                )
            await self._lines.make_due({endpoint: to_text(now)})
            count += owed.matched_count
            place = _AGE(batch[-1])
        goes_on_at = datetime.fromisoformat(place[0]) if count and count == limit else None
        return Replayed(count=count, goes_on_at=goes_on_at)

    async def _ended(self, endpoint: str, place: tuple[str, str], limit: int) -> Sequence[Document]:
        """Return the oldest that have ended and stand behind the place: when they were made."""
        created_at, delivery_id = place
        behind = {
            # Not $gte, as above: text that is cut short sorts before all that it begins.
            "created_at": {"$gt": created_at.removesuffix("Z")},
            "$or": [{"created_at": {"$ne": created_at}}, {"_id": {"$gt": delivery_id}}],
        }
        found: list[Document] = []
        for state in _ENDED:
            found += await self._mongo.find(
                self._deliveries,
                {"endpoint": endpoint, "state": state, **behind},
                sort=_OLDEST_FIRST,
                limit=limit,
                fields={"created_at": True},
            )
        return sorted(found, key=_AGE)[:limit]

    async def drop(self, endpoint: str) -> None:
        """See Deliveries."""
        await self._lines.forget(endpoint)
        await self._mongo.drop(self._deliveries, {"endpoint": endpoint})

    async def expire(self, before: datetime) -> int:
        """See Deliveries."""
        await self._lines.drop_idle(before)
        old = {"created_at": {"$lt": to_text(before)}}
        return sum(
            [
                await self._mongo.drop(self._deliveries, {"state": state.value, **old})
                for state in DeliveryState
            ]
        )


def _loaded(document: Mapping[str, Any]) -> Delivery:
    return _DELIVERIES.load(document["_id"], document)


def _owed_again(now: datetime) -> Document:
    """Return what Delivery.owed_again sets."""
    return {"state": _PENDING, "tries": 0, "next_attempt_at": to_text(now)}


def _first_of_each(waiting: Sequence[Document]) -> Mapping[str, str]:
    """Return when the first of each line is due."""
    times: dict[str, str] = {}
    for one in waiting:
        at = one["next_attempt_at"]
        times[one["endpoint"]] = min(times.get(one["endpoint"], at), at)
    return times


def _conditions(sought: Sought) -> Document:
    given = {
        "endpoint": sought.endpoint,
        "event_type": sought.event_type,
        "subject_id": sought.subject_id,
    }
    return {name: value for name, value in given.items() if value is not None}


def _older(end: Delivery) -> Document:
    created_at = to_text(end.created_at)
    return {
        "created_at": {"$lt": to_text(end.created_at + _TICK)},
        "$or": [{"created_at": {"$ne": created_at}}, {"_id": {"$lt": end.delivery_id}}],
    }
