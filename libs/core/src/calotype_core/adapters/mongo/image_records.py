from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import DESCENDING

from calotype_core.adapters.mongo.collections import IMAGES
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import MongoDocuments
from calotype_core.domain.image import ImageRecord
from calotype_core.ports.image_records import ImageRecords

_IMAGES = MongoDocuments(ImageRecord, "image_id")
_NEWEST_FIRST = [("_id", DESCENDING)]


class MongoImageRecords(ImageRecords):
    """Images in MongoDB, one document each; writers compare and set its version."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._images = mongo.collection(IMAGES)

    async def get(self, image_id: str) -> ImageRecord | None:
        """See ImageReader."""
        async with self._mongo.answering():
            return _loaded(await self._images.find_one({"_id": image_id}))

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[ImageRecord]:
        """See ImageReader."""
        where = {} if before is None else {"_id": {"$lt": before}}
        found = await self._mongo.find(self._images, where, sort=_NEWEST_FIRST, limit=limit)
        return [_IMAGES.load(one["_id"], one) for one in found]

    async def by_filename(self, filename: str) -> ImageRecord | None:
        """See ImageReader."""
        where = {"filename": filename}
        found = await self._mongo.find(self._images, where, sort=_NEWEST_FIRST, limit=1)
        return _loaded(found[0]) if found else None

    async def update(
        self, image_id: str, change: Callable[[ImageRecord | None], ImageRecord]
    ) -> ImageRecord:
        """See ImageRecords."""

        async def step() -> ImageRecord | None:
            found = await self._images.find_one({"_id": image_id})
            before = _loaded(found)
            after = change(before)
            if after == before:
                return after
            version = found["version"] if found else 0
            fields = {"version": version + 1, **_IMAGES.fields(after)}
            if not found:
                await self._images.insert_one({"_id": image_id, **fields})
                return after
            unchanged = {"_id": image_id, "version": version}
            written = await self._images.update_one(unchanged, {"$set": fields})
            return after if written.matched_count else None

        return await self._mongo.settle(step)

    async def delete(self, image_id: str) -> None:
        """See ImageRecords."""
        async with self._mongo.answering():
            await self._images.delete_one({"_id": image_id})


def _loaded(found: Mapping[str, Any] | None) -> ImageRecord | None:
    return _IMAGES.load(found["_id"], found) if found else None
