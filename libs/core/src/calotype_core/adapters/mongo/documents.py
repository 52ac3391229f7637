"""Records as MongoDB documents, field by field, so that they can be found, indexed and read.

A record's id is the document's `_id`; beside the fields stands a `version` where writers compare
and set. Times are text: ISO 8601 in UTC, always with six digits. BSON's own dates end at the
millisecond and ours do not, and text of one width sorts as the times do.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

Document = dict[str, Any]


class MongoDocuments(Generic[T]):
    """Turns values of one dataclass into a document's fields and back; identity names its id.

    Fields that a newer version wrote and this one does not know are ignored, and stay: fields are
    set, documents are not replaced.
    """

    def __init__(self, kind: type[T], identity: str) -> None:
        self._kind = kind
        self._identity = identity

    def fields(self, value: T) -> Document:
        """Return every field but the id."""
        fields: Document = _plain(msgspec.to_builtins(value, builtin_types=(datetime,)))
        del fields[self._identity]
        return fields

    def load(self, identity: str | int, document: Mapping[str, Any]) -> T:
        """Return the value of that id."""
        return msgspec.convert({**document, self._identity: identity}, self._kind)


def to_text(at: datetime) -> str:
    """Return an aware datetime as a document holds it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever BSON takes
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
