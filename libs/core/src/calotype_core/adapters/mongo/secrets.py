from calotype_core.adapters.mongo.collections import SECRETS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.ports.secrets import Secrets


class MongoSecrets(Secrets):
    """Secrets in MongoDB, one document each; the name is its id, so that the first one stays."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._secrets = mongo.collection(SECRETS)

    async def keep(self, name: str, candidate: str) -> str:
        """See Secrets."""

        async def step() -> str | None:
            if found := await self._secrets.find_one({"_id": name}):
                kept: str = found["secret"]
                return kept
            await self._secrets.insert_one({"_id": name, "secret": candidate})
            return candidate

        return await self._mongo.settle(step)
