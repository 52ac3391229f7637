import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from calotype_core.adapters.kafka.clients import started, stopped
from calotype_core.adapters.kafka.settings import KafkaSettings

ClientT = TypeVar("ClientT", AIOKafkaProducer, AIOKafkaAdminClient)


class Renewed(Generic[ClientT]):
    """A client that is started when it is first needed, and replaced once it has failed."""

    def __init__(self, settings: KafkaSettings, make: Callable[[], ClientT]) -> None:
        self._timeout_seconds = settings.kafka_timeout_seconds
        self._settings = settings
        self._make = make
        self.current: ClientT | None = None
        self._starting = asyncio.Lock()
        self._stopping: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[ClientT]:
        """Lend the client, for as long as a request may take; raises what the library does."""
        client = await self._started()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                yield client
        except (KafkaError, TimeoutError):
            self._replace(client)
            raise

    async def stop(self) -> None:
        """Stop whatever was started; what nobody waits for any more is dropped."""
        if self.current is not None:
            self._replace(self.current)
        await asyncio.gather(*self._stopping)

    async def _started(self) -> ClientT:
        async with asyncio.timeout(self._timeout_seconds), self._starting:
            if self.current is None:
                fresh = self._make()
                try:
                    await started(fresh, self._settings)
                except BaseException:
                    self._stop_later(fresh)
                    raise
                self.current = fresh
            return self.current

    def _replace(self, failed: ClientT) -> None:
        if self.current is failed:  # and not one that has been started meanwhile
            self.current = None
            self._stop_later(failed)

    def _stop_later(self, client: ClientT) -> None:
        task = asyncio.create_task(stopped(client))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
