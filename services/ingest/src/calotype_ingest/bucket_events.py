"""What a bucket says of its new objects, in the words of S3 and of MinIO: hints, never the truth.

    AWS    {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "a+b%2B"}}}]}
    MinIO  the same (eventName: "s3:ObjectCreated:Put"), and beside it "Key": "bucket/a b+"

In Records a key is URL-encoded, a plus sign being a space; in Key it stands as it is.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from calotype_core.codec import UndecodableError
from calotype_core.ports.event_log import Record
from calotype_core.ports.inbox import PREFIX

_CREATED = "ObjectCreated:"
_TEST = "s3:TestEvent"  # what AWS sends once, when it is told whom to notify
_SHOWN = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectsCreated:
    """A bucket has new objects under these keys, below the inbox; perhaps they have gone again."""

    event_id: str
    keys: tuple[str, ...]


def decode_bucket_event(record: Record) -> ObjectsCreated:
    """Return what the record tells of; its id is its place in the log. Raises UndecodableError."""
    topic, number = record.partition
    return ObjectsCreated(
        event_id=f"{topic}.{number}.{record.offset}", keys=keys_created(record.value)
    )


def keys_created(value: bytes) -> tuple[str, ...]:
    """Return the keys below the inbox that were created, each once; none for any other news.

    Raises UndecodableError.
    """
    try:
        said = json.loads(value)
        keys = tuple(_keys(said))
        "".join(keys).encode()  # JSON can name half a surrogate pair, which no key can have
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        shown = value[:_SHOWN].decode(errors="replace")
        raise UndecodableError(f"no notification of a bucket: {shown!r}") from error
    inside = (key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX) and key != PREFIX)
    return tuple(dict.fromkeys(inside))


def _keys(said: Mapping[str, Any]) -> Iterator[str]:
    if "Records" in said:
        for one in said["Records"]:
            if _is_creation(one["eventName"]):
                yield unquote_plus(one["s3"]["object"]["key"], errors="strict")
    elif said.get("Event") != _TEST and _is_creation(said["EventName"]):
        _, _, key = said["Key"].partition("/")  # after the bucket's name
        yield key


def _is_creation(name: str) -> bool:
    return name.removeprefix("s3:").startswith(_CREATED)
