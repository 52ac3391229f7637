import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from calotype_core import logs
from calotype_core.adapters.kafka.connection import client_options, kafka_errors
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.ports.event_log import Message

_log = logs.get_logger(__name__)

# A dead letter holds a whole record and more, so it may be larger than what other topics take.
MAX_RECORD_BYTES = 2 * 1024 * 1024
_STOP_SECONDS = 5.0


class Producer:
    """An idempotent producer that is replaced once it has failed.

    After a broker was away, one can refuse every further record as out of sequence, for ever. A new
    one starts a new sequence; what the old one may have sent is sent again under the same event id.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._stopping: set[asyncio.Task[None]] = set()

    async def send(self, messages: Sequence[Message]) -> None:
        """Have all messages acknowledged by every replica in sync; raises Unavailable."""
        with kafka_errors(self._settings, "take records"):
            async with asyncio.timeout(self._settings.kafka_timeout_seconds):
                producer = await self._started()
            try:
                async with asyncio.timeout(self._settings.kafka_timeout_seconds):
                    await self._sent(producer, messages)
            except (KafkaError, TimeoutError):
                self._replace(producer)
                raise

    async def _sent(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        acknowledged: list[asyncio.Future[Any]] = []
        try:
            for one in messages:
                sent = await producer.send(
                    self._settings.kafka_namespace + one.topic,
                    value=one.value,
                    key=one.key.encode(),
                    headers=[(name, text.encode()) for name, text in one.headers.items()],
                )
                acknowledged.append(sent)
        finally:
            results = await asyncio.gather(*acknowledged, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                fresh = AIOKafkaProducer(
                    **client_options(self._settings, "calotype"),
                    acks="all",
                    enable_idempotence=True,
                    max_request_size=MAX_RECORD_BYTES,
                )
                try:
                    await fresh.start()
                except BaseException:
                    self._stop_later(fresh)
                    raise
                self._producer = fresh
            return self._producer

    def _replace(self, failed: AIOKafkaProducer) -> None:
        if self._producer is failed:  # and not one that has been started meanwhile
            self._producer = None
            self._stop_later(failed)

    def _stop_later(self, producer: AIOKafkaProducer) -> None:
        task = asyncio.create_task(stopped(producer))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def stop(self) -> None:
        """Stop whatever was started; what nobody waits for any more is dropped."""
        if self._producer is not None:
            self._replace(self._producer)
        await asyncio.gather(*self._stopping)


async def stopped(client: Any) -> None:  # noqa: ANN401 - any of the library's clients
    """Stop the client; one that hangs (aiokafka #773) is left to itself after a while."""
    stopping = asyncio.ensure_future(client.stop())
    with suppress(KafkaError, OSError):
        done, _ = await asyncio.wait([stopping], timeout=_STOP_SECONDS)
        if done:
            stopping.result()
        else:
            stopping.cancel()
            _log.warning("a Kafka client did not stop in time", kind=type(client).__name__)
