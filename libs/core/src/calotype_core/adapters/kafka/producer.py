import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import OutOfOrderSequenceNumber, ProducerClosed, UnknownProducerId

from calotype_core.adapters.kafka.connection import client_options, kafka_errors
from calotype_core.adapters.kafka.renewed import Renewed
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.ports.event_log import Message

# A dead letter holds a whole record and more, so it may be larger than what other topics take.
MAX_RECORD_BYTES = 2 * 1024 * 1024
# What a producer says when it is useless, and another one is not.
_USELESS = (OutOfOrderSequenceNumber, UnknownProducerId, ProducerClosed)


class Producer:
    """An idempotent producer that is replaced once it has failed.

    After a broker was away, or has refused a record, every further one can be out of sequence, for
    ever (aiokafka #1017). A new producer starts a new sequence; what the old one may have sent is
    sent again under the same event id.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producers = Renewed(settings, self._make)

    async def send(self, messages: Sequence[Message]) -> None:
        """Have all messages acknowledged by every replica in sync; raises Unavailable."""
        with kafka_errors(self._settings, "take records"):
            try:
                await self._send(messages)
            except _USELESS:  # somebody else's records made it so
                await self._send(messages)

    async def stop(self) -> None:
        """Stop; what nobody waits for any more is dropped."""
        await self._producers.stop()

    async def _send(self, messages: Sequence[Message]) -> None:
        async with self._producers.lent() as producer:
            sent: list[asyncio.Future[Any]] = []
            try:
                for one in messages:
                    sent.append(await self._begun(producer, one))
                    sent[-1].add_done_callback(_looked_at)
                for result in await asyncio.gather(*sent, return_exceptions=True):
                    if isinstance(result, BaseException):
                        raise result
            finally:
                # Nobody waits for these any longer; the producer would try for ever.
                for acknowledgement in sent:
                    acknowledgement.cancel()

    async def _begun(self, producer: AIOKafkaProducer, message: Message) -> asyncio.Future[Any]:
        acknowledgement: asyncio.Future[Any] = await producer.send(
            self._settings.kafka_namespace + message.topic,
            value=message.value,
            key=message.key.encode(),
            headers=[(name, text.encode()) for name, text in message.headers.items()],
        )
        return acknowledgement

    def _make(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **client_options(self._settings, "calotype"),
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_RECORD_BYTES,
        )


def _looked_at(acknowledgement: asyncio.Future[Any]) -> None:
    # One that fails after another one has been told of would be logged as forgotten.
    if not acknowledgement.cancelled():
        acknowledgement.exception()
