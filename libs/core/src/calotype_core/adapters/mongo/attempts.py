from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import ATTEMPTS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.domain.image import Failure
from calotype_core.ports.attempts import Attempt, Attempts


class MongoAttempts(Attempts):
    """A ledger of attempts in MongoDB, which outlives the pod."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._attempts = mongo.collection(ATTEMPTS)

    async def begin(self, event_id: str) -> Attempt:
        """See Attempts."""

        async def step() -> Attempt | None:
            # Nearly every attempt is the first: then this is all. An $inc that gives the document
            # as it was before would always be, but not every server tells that right under load.
            with suppress(DuplicateKeyError):
                await self._attempts.insert_one({"_id": event_id, "number": 1, "failure": None})
                return Attempt(number=1)
            return await self._begin_again(event_id)

        return await self._mongo.settle(step)

    async def _begin_again(self, event_id: str) -> Attempt | None:
        known = await self._attempts.find_one({"_id": event_id})
        if not known:
            return None  # forgotten just now
        number = known["number"]
        # The failure is told once: where this attempt dies, the next one hears of no cause.
        written = await self._attempts.update_one(
            {"_id": event_id, "number": number}, {"$set": {"number": number + 1, "failure": None}}
        )
        if not written.matched_count:
            return None
        failure = Failure(**known["failure"]) if known["failure"] else None
        return Attempt(number=number + 1, last_failure=failure)

    async def failed(self, event_id: str, failure: Failure) -> None:
        """See Attempts."""
        told = {"code": failure.code, "message": failure.message}
        async with self._mongo.answering():
            await self._attempts.update_one({"_id": event_id}, {"$set": {"failure": told}})

    async def forget(self, event_id: str) -> None:
        """See Attempts."""
        async with self._mongo.answering():
            await self._attempts.delete_one({"_id": event_id})
