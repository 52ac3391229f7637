"""Records as the brokers keep them, which may come from anybody, and as Calotype reads them."""

from datetime import UTC, datetime

from aiokafka.structs import ConsumerRecord

from calotype_core.ports.event_log import Partition, Record


def record_of(one: ConsumerRecord, namespace: str) -> Record:
    """Return the record; what a stranger wrote into it that is no text is kept recognisable."""
    return Record(
        partition=Partition(one.topic.removeprefix(namespace), one.partition),
        offset=one.offset,
        key=_text(one.key),
        value=one.value or b"",
        headers={name: _text(value) for name, value in one.headers},
        appended_at=datetime.fromtimestamp(one.timestamp / 1000, UTC),
    )


def _text(data: bytes | None) -> str:
    return (data or b"").decode(errors="backslashreplace")
