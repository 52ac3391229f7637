from datetime import datetime

from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import IDEMPOTENCY_KEYS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import MongoDocuments, to_text
from calotype_core.ports.idempotency import Claim, IdempotencyKeys

_CLAIMS = MongoDocuments(Claim, "key")


class MongoIdempotencyKeys(IdempotencyKeys):
    """Claims in MongoDB, one document each; the key is its id, so that it is held once."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._keys = mongo.collection(IDEMPOTENCY_KEYS)

    async def claim(self, claim: Claim) -> Claim:
        """See IdempotencyKeys."""

        async def step() -> Claim | None:
            try:
                await self._keys.insert_one({"_id": claim.key, **_CLAIMS.fields(claim)})
            except DuplicateKeyError:
                return await self.get(claim.key)  # None where it has just been dropped
            return claim

        return await self._mongo.settle(step)

    async def answer(self, key: str, answer: str) -> None:
        """See IdempotencyKeys."""
        async with self._mongo.answering():
            await self._keys.update_one({"_id": key}, {"$set": {"answer": answer}})

    async def get(self, key: str) -> Claim | None:
        """See IdempotencyKeys."""
        async with self._mongo.answering():
            found = await self._keys.find_one({"_id": key})
        return _CLAIMS.load(key, found) if found else None

    async def expire(self, before: datetime) -> int:
        """See IdempotencyKeys."""
        async with self._mongo.answering():
            dropped = await self._keys.delete_many({"claimed_at": {"$lt": to_text(before)}})
        return dropped.deleted_count
