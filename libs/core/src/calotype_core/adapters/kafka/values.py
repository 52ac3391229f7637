"""Records as the brokers keep them, which may come from anybody, and as Calotype reads them."""

from datetime import UTC, datetime

from aiokafka.structs import ConsumerRecord

from calotype_core.ports.event_log import Partition, Record

_LONGEST_NO_TEXT = 200  # bytes; each may become four characters


def record_of(one: ConsumerRecord, namespace: str) -> Record:
    """Return the record; what a stranger wrote into it that is no text is kept recognisable."""
    return Record(
        partition=Partition(one.topic.removeprefix(namespace), one.partition),
        offset=one.offset,
        key=_text(one.key),
        value=one.value or b"",
        headers={name: _text(value) for name, value in one.headers},
        appended_at=_time(one.timestamp),
    )


def _text(data: bytes | None) -> str:
    data = data or b""
    try:
        return data.decode()
    except UnicodeDecodeError:
        shown = data[:_LONGEST_NO_TEXT].decode(errors="backslashreplace")
        return shown if len(data) <= _LONGEST_NO_TEXT else f"{shown}… ({len(data)} bytes)"


def _time(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # a stranger's, where it is not the brokers'
        return datetime.fromtimestamp(0, UTC)
