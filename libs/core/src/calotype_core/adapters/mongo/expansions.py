from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import EXPANSIONS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import MongoDocuments, to_text
from calotype_core.domain.expansion import Expansion
from calotype_core.ports.expansions import Expansions

_EXPANSIONS = MongoDocuments(Expansion, "job_id")
_SWAPPED = ("next_position", "next_byte", "held_until", "closed_at", "revision")
_BY_TURN = [("swapped_at", ASCENDING), ("_id", ASCENDING)]
_OPEN = {"closed_at": None}


class MongoExpansions(Expansions):
    """Expansions in MongoDB, one document each; turns go by the server's clock, not by ours."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._expansions = mongo.collection(EXPANSIONS)

    async def open(self, expansion: Expansion) -> None:
        """See Expansions."""
        fields = {"job_id": expansion.job_id, **_EXPANSIONS.fields(expansion)}
        with suppress(DuplicateKeyError):
            async with self._mongo.answering():
                await self._expansions.insert_one({"_id": _id(expansion), **fields})

    async def pending(self, now: datetime, *, limit: int) -> Sequence[Expansion]:
        """See Expansions."""
        # Not greater: that is true of what is held by nobody, too.
        where = {**_OPEN, "held_until": {"$not": {"$gt": to_text(now)}}}
        found = await self._mongo.find(self._expansions, where, sort=_BY_TURN, limit=limit)
        return [_loaded(one) for one in found]

    async def swap(self, before: Expansion, after: Expansion) -> Expansion | None:
        """See Expansions."""
        kept = before.moved_to(after)
        fields = _EXPANSIONS.fields(kept)
        async with self._mongo.answering():
            written = await self._expansions.update_one(
                {"_id": _id(before), "revision": before.revision},
                {
                    "$set": {name: fields[name] for name in _SWAPPED},
                    "$currentDate": {"swapped_at": True},
                },
            )
            if not written.matched_count:
                return None
            found = await self._expansions.find_one({"_id": _id(before)}, ["cancelled"])
        return replace(kept, cancelled=found["cancelled"] if found else before.cancelled)

    async def cancel(self, job_id: str) -> bool:
        """See Expansions."""
        async with self._mongo.answering():
            marked = await self._expansions.update_many(
                {"job_id": job_id, **_OPEN}, {"$set": {"cancelled": True}}
            )
        return marked.matched_count > 0

    async def expire(self, before: datetime) -> int:
        """See Expansions."""
        async with self._mongo.answering():
            dropped = await self._expansions.delete_many({"closed_at": {"$lt": to_text(before)}})
        return dropped.deleted_count


def _id(expansion: Expansion) -> str:
    return f"{expansion.job_id}/{expansion.generation}"


def _loaded(document: Mapping[str, Any]) -> Expansion:
    return _EXPANSIONS.load(document["job_id"], document)
