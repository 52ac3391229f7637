from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import WEBHOOKS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import MongoDocuments
from calotype_core.ports.webhooks import Webhook, Webhooks, WebhookState

_WEBHOOKS = MongoDocuments(Webhook, "webhook_id")
_NEWEST_FIRST = [("_id", DESCENDING)]
_NOT_OFF = [state.value for state in WebhookState if state is not WebhookState.OFF]


class MongoWebhooks(Webhooks):
    """Webhooks in MongoDB, one document each; writers compare and set its version."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._webhooks = mongo.collection(WEBHOOKS)

    async def add(self, webhook: Webhook, *, most: int) -> bool:
        """See Webhooks."""
        document = {"_id": webhook.webhook_id, "version": 1, **_WEBHOOKS.fields(webhook)}
        known = await self._mongo.find(
            self._webhooks, {}, sort=_NEWEST_FIRST, limit=most, fields={"_id": True}
        )
        if len(known) >= most:
            return False
        # The id is a new one: what is there already is this, which the driver has sent again.
        with suppress(DuplicateKeyError):
            async with self._mongo.answering():
                await self._webhooks.insert_one(document)
        return True

    async def get(self, webhook_id: str) -> Webhook | None:
        """See Webhooks."""
        async with self._mongo.answering():
            found = await self._webhooks.find_one({"_id": webhook_id})
        return _loaded(found) if found else None

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[Webhook]:
        """See Webhooks."""
        where = {} if before is None else {"_id": {"$lt": before}}
        found = await self._mongo.find(self._webhooks, where, sort=_NEWEST_FIRST, limit=limit)
        return [_loaded(one) for one in found]

    async def told_of(self, event_type: str) -> Sequence[Webhook]:
        """See Webhooks."""
        where = {"event_types": event_type, "state": {"$in": _NOT_OFF}}
        async with self._mongo.answering():
            # Without a limit: there are no more than add has let in.
            found = await self._webhooks.find(where, sort=[("_id", ASCENDING)]).to_list()
        return [_loaded(one) for one in found]

    async def update(self, webhook_id: str, change: Callable[[Webhook], Webhook]) -> Webhook | None:
        """See Webhooks."""

        async def step() -> Sequence[Webhook] | None:
            found = await self._webhooks.find_one({"_id": webhook_id})
            if not found:
                return []
            after = change(_loaded(found))
            version = found["version"]
            written = await self._webhooks.update_one(
                {"_id": webhook_id, "version": version},
                {"$set": {"version": version + 1, **_WEBHOOKS.fields(after)}},
            )
            return [after] if written.matched_count else None

        return next(iter(await self._mongo.settle(step)), None)

    async def delete(self, webhook_id: str) -> bool:
        """See Webhooks."""
        async with self._mongo.answering():
            deleted = await self._webhooks.delete_one({"_id": webhook_id})
        return deleted.deleted_count > 0


def _loaded(document: Mapping[str, Any]) -> Webhook:
    return _WEBHOOKS.load(document["_id"], document)
