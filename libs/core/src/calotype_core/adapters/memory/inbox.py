import hashlib
from collections.abc import AsyncGenerator
from datetime import datetime

from calotype_core.ports.inbox import Arrival, Inbox
from calotype_core.ports.object_store import CHUNK_BYTES, ObjectMissingError


class MemoryInbox(Inbox):
    """Objects in a dictionary, as a bucket has them: whole at once, gone with the process."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[Arrival, bytes]] = {}

    def put(self, key: str, data: bytes, *, at: datetime) -> None:
        """Put an object, as its owner does."""
        version = hashlib.sha256(data).hexdigest()
        arrival = Arrival(key=key, version=version, size_bytes=len(data), arrived_at=at)
        self._objects[key] = arrival, data

    async def list(self) -> AsyncGenerator[Arrival, None]:
        """See Inbox."""
        for key in list(self._objects):
            if (arrival := await self.find(key)) is not None:
                yield arrival

    async def find(self, key: str) -> Arrival | None:
        """See Inbox."""
        arrival, _ = self._objects.get(key, (None, b""))
        if arrival is None or (key.endswith("/") and not arrival.size_bytes):
            return None
        return arrival

    async def read(self, arrival: Arrival) -> AsyncGenerator[bytes, None]:
        """See Inbox."""
        known, data = self._objects.get(arrival.key, (None, b""))
        if known != arrival:
            raise ObjectMissingError("That version is in the inbox no longer.")
        for at in range(0, len(data), CHUNK_BYTES):
            yield data[at : at + CHUNK_BYTES]

    async def remove(self, arrival: Arrival) -> None:
        """See Inbox."""
        known, _ = self._objects.get(arrival.key, (None, b""))
        if known == arrival:
            del self._objects[arrival.key]
