from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import DELIVERIES
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import MongoDocuments, to_text
from calotype_core.ports.deliveries import Deliveries, Delivery, DeliveryState

_DELIVERIES = MongoDocuments(Delivery, "delivery_id")
_LONGEST_DUE_FIRST = [("next_attempt_at", ASCENDING), ("_id", ASCENDING)]


class MongoDeliveries(Deliveries):
    """Deliveries in MongoDB, one document each."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._deliveries = mongo.collection(DELIVERIES)

    async def schedule(self, delivery: Delivery) -> bool:
        """See Deliveries."""
        document = {"_id": delivery.delivery_id, **_DELIVERIES.fields(delivery)}
        try:
            async with self._mongo.answering():
                await self._deliveries.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    async def get(self, delivery_id: str) -> Delivery | None:
        """See Deliveries."""
        async with self._mongo.answering():
            found = await self._deliveries.find_one({"_id": delivery_id})
        return _DELIVERIES.load(delivery_id, found) if found else None

    async def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """See Deliveries."""
        # Not $lte: in an index of several fields, not every server includes the bound itself.
        due = {"$lt": to_text(now + timedelta(microseconds=1))}
        where = {"state": DeliveryState.PENDING.value, "next_attempt_at": due}
        found = await self._mongo.find(
            self._deliveries, where, sort=_LONGEST_DUE_FIRST, limit=limit
        )
        return [_DELIVERIES.load(one["_id"], one) for one in found]

    async def record(self, delivery: Delivery) -> None:
        """See Deliveries."""
        fields = _DELIVERIES.fields(delivery)
        async with self._mongo.answering():
            await self._deliveries.update_one(
                {"_id": delivery.delivery_id}, {"$set": fields}, upsert=True
            )
