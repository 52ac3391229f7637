"""What buckets say, in the words of AWS and MinIO, and what is no such thing."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.codec import UndecodableError
from calotype_core.ports.event_log import Partition, Record
from calotype_core.topology import UPLOADS
from calotype_ingest.bucket_events import decode_bucket_event, keys_created

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
ODD = "märz 2026/1+1=2 & 100%25.jpg"


def records(*keys: str, name: str = "ObjectCreated:Put") -> list[dict[str, Any]]:
    return [
        {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": name,
            "s3": {
                "bucket": {"name": "calotype"},
                "object": {"key": key, "size": 5, "eTag": "e", "versionId": "v"},
            },
        }
        for key in keys
    ]


def aws(*keys: str, name: str = "ObjectCreated:Put") -> bytes:
    return json.dumps({"Records": records(*keys, name=name)}).encode()


def minio(key: str, *, name: str = "s3:ObjectCreated:Put", **more: object) -> bytes:
    return json.dumps({"EventName": name, "Key": f"calotype/{key}", **more}).encode()


@given(KEYS)
def test_a_key_is_read_as_its_owner_wrote_it(name: str) -> None:
    """Spaces, plus signs, percent signs and any letters come out as they went in."""
    key = f"uploads/{name}"
    for spelt in (quote_plus(key), quote(key)):
        assert keys_created(aws(spelt)) == (name,)
    assert keys_created(minio(key)) == (name,)


@given(st.lists(KEYS, max_size=5))
def test_every_record_counts_once(names: list[str]) -> None:
    """A notification may tell of several objects, and of one twice."""
    spelt = [quote_plus(f"uploads/{name}") for name in names]
    assert keys_created(aws(*spelt, *spelt)) == tuple(dict.fromkeys(names))


def test_where_minio_says_it_twice_the_records_count() -> None:
    """MinIO sends the key as it stands beside Records that have it encoded."""
    said = minio(f"uploads/{ODD}", Records=records(quote_plus(f"uploads/{ODD}")))
    assert keys_created(said) == (ODD,)


@pytest.mark.parametrize(
    "name",
    ["ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:CompleteMultipartUpload"],
)
def test_however_it_was_created(name: str) -> None:
    """An object is new whether it came in one piece, by a form, in parts or as a copy."""
    assert keys_created(aws("uploads/a.jpg", name=name)) == ("a.jpg",)
    assert keys_created(minio("uploads/a.jpg", name=f"s3:{name}")) == ("a.jpg",)


@pytest.mark.parametrize(
    "said",
    [
        b'{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"calotype"}',
        b'{"Records":[]}',
        aws("uploads/a.jpg", name="ObjectRemoved:Delete"),
        minio("uploads/a.jpg", name="s3:ObjectAccessed:Get"),
        aws("originals/a", "uploads/", "upload/a"),
    ],
    ids=["a test", "nothing", "a removal", "a read", "other places"],
)
def test_other_news_are_none(said: bytes) -> None:
    """What tells of no new object in the inbox is understood, and asks for nothing."""
    assert keys_created(said) == ()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"7",
        b'"Records"',
        b"[]",
        b"{}",
        b'{"Records":null}',
        b'{"Records":[7]}',
        b'{"Records":[{"eventName":null}]}',
        b'{"Records":[{"eventName":"ObjectCreated:Put","s3":{}}]}',
        b'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":7}}}]}',
        aws("uploads/%ff"),
        b'{"EventName":"s3:ObjectCreated:Put","Key":"calotype/uploads/\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_notification_is_undecodable(said: bytes) -> None:
    """Foreign bytes are put aside with a cause, and stop nothing."""
    with pytest.raises(UndecodableError, match="notification"):
        keys_created(said)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_notification_or_undecodable(said: bytes) -> None:
    """Whatever somebody writes to the topic, reading it raises UndecodableError or nothing."""
    try:
        keys_created(said)
    except UndecodableError:
        return


def test_a_notification_is_known_by_its_place() -> None:
    """Foreign words have no id of ours: where they stand in the log is theirs."""
    record = Record(
        partition=Partition(UPLOADS, 3),
        offset=7,
        key="calotype/uploads/a.jpg",
        value=aws("uploads/a.jpg"),
        headers={},
        appended_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    created = decode_bucket_event(record)
    assert (created.event_id, created.keys) == ("calotype.uploads.3.7", ("a.jpg",))
