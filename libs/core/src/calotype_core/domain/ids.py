"""Ids are UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 bits that tell them apart.

An id therefore carries its time: newest-first is descending order, and a reader knows how young an
id is without looking anything up. Ids of a job's items, and of what arrived in the inbox, are
derived, never drawn, so that a second run names the same images.
"""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 74
_LATEST_MS = 253_402_300_799_999  # the end of the year 9999; 48 bits go on, no calendar does


class MalformedIdError(ValueError):
    """The text is no id of ours; it never can have been one."""


def make_id(unix_ms: int, randomness: int) -> str:
    """Return the UUIDv7 of a time in Unix milliseconds and (the low) 74 bits of randomness."""
    bits = randomness & ((1 << _RANDOM_BITS) - 1)
    high, low = bits >> 62, bits & ((1 << 62) - 1)
    return str(uuid.UUID(int=(unix_ms << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low))


def derive_id(parent_id: str, position: int) -> str:
    """Return the id of a parent's item: the parent's time, and bits that follow from both."""
    digest = hashlib.sha256(f"{parent_id}/{position}".encode()).digest()
    return make_id(uuid.UUID(parent_id).int >> 80, int.from_bytes(digest[:16]))


def arrival_id(key: str, version: str, arrived_at: datetime) -> str:
    """Return the id of a version under a key: its time, and bits that follow from all three."""
    # A file's name need not be text; what cannot be written as such still tells two apart.
    named = f"{len(key)}/{key}/{version}/{arrived_at.isoformat()}"
    digest = hashlib.sha256(named.encode(errors="surrogatepass")).digest()
    unix_ms = (arrived_at - _EPOCH) // timedelta(milliseconds=1)
    return make_id(min(max(unix_ms, 0), _LATEST_MS), int.from_bytes(digest[:16]))


def parse_id(text: str) -> str:
    """Return the id in its one spelling (lower case, hyphens); raises MalformedIdError."""
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        raise MalformedIdError(text) from None
    if parsed.version != 7 or str(parsed) != text.lower():  # noqa: PLR2004 - UUIDv7
        raise MalformedIdError(text)
    if parsed.int >> 80 > _LATEST_MS:
        raise MalformedIdError(text)
    return str(parsed)


def time_of(image_or_job_id: str) -> datetime:
    """Return the moment (UTC, to the millisecond) at which the id was drawn."""
    return _EPOCH + timedelta(milliseconds=uuid.UUID(image_or_job_id).int >> 80)
