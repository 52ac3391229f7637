"""Times as columns: whole microseconds since 1970, which sort as numbers."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Return an aware datetime as a column's value."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return a column's value as a datetime, in UTC."""
    return _EPOCH + micros * _MICROSECOND
