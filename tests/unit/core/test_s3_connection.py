"""How a connection to S3 tells what goes wrong, whatever answers at the other end."""

import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.ports.object_store import InvalidKeyError, ObjectMissingError, StoreFullError
from calotype_core.settings import SettingsError, load
from tests.meddler import answering

pytestmark = pytest.mark.anyio

SECRET = "not-to-be-told"  # noqa: S105 - a test's


def settings(endpoint: str, **changes: str) -> S3Settings:
    given = {"CALOTYPE_S3_ACCESS_KEY": "key", "CALOTYPE_S3_SECRET_KEY": SECRET}
    return load(S3Settings, {**given, "CALOTYPE_S3_ENDPOINT": endpoint, **changes})


def refusal(status: int, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>for a reason</Message></Error>".encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def plain(status: int) -> bytes:
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\noops".encode()
    )


async def error_of(endpoint: str, **changes: str) -> CalotypeError:
    """Return what reading one object from there raises."""
    async with S3ObjectStore.open(settings(endpoint, **changes)) as store:
        with pytest.raises(CalotypeError) as raised:
            await anext(store.get("key"))
    assert SECRET not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(404, "NoSuchKey"), ObjectMissingError, "no such object"),
        (refusal(404, "NoSuchBucket"), Unavailable, "CALOTYPE_S3_BUCKET"),
        (refusal(403, "InvalidAccessKeyId"), Unavailable, "CALOTYPE_S3_ACCESS_KEY"),
        (refusal(403, "SignatureDoesNotMatch"), Unavailable, "CALOTYPE_S3_SECRET_KEY"),
        (refusal(403, "AccessDenied"), Unavailable, "policy"),
        (refusal(400, "AuthorizationHeaderMalformed"), Unavailable, "CALOTYPE_S3_REGION"),
        (refusal(403, "RequestTimeTooSkewed"), Unavailable, "clock"),
        (refusal(400, "XMinioInvalidObjectName"), InvalidKeyError, "rename"),
        (refusal(507, "XMinioStorageFull"), StoreFullError, "free some room"),
        (refusal(400, "XMinioAdminBucketQuotaExceeded"), StoreFullError, "free some room"),
        (refusal(507, "Whatever"), StoreFullError, "free some room"),
        (plain(507), StoreFullError, "free some room"),
        (refusal(503, "SlowDown"), Unavailable, "too much to do"),
        (refusal(418, "Teapot"), Unavailable, "Teapot.*for a reason"),
        (plain(502), Unavailable, "HTTP status 502.*CALOTYPE_S3_ENDPOINT"),
        (plain(404), Unavailable, "HTTP status 404.*CALOTYPE_S3_ENDPOINT"),
        (b"220 smtp.example ESMTP\r\n", Unavailable, "broke the connection off"),
        (refusal(400, "</Code>"), Unavailable, "no answer of an S3 store"),
    ],
)
async def test_a_refusal_says_what_to_do(
    answer: bytes, kind: type[CalotypeError], words: str
) -> None:
    """Each answer of a store, or of what is none, becomes an error that says what to do."""
    async with answering(answer) as server:
        error = await error_of(server.endpoint)
    assert type(error) is kind
    assert re.search(words, error.message)


async def test_a_store_that_is_away_is_said_to_be() -> None:
    """Where nobody listens, the message names the variable to look at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = await error_of(f"http://127.0.0.1:{port}")
    assert type(error) is Unavailable
    assert "cannot be reached" in error.message
    assert "CALOTYPE_S3_ENDPOINT" in error.message


async def test_silence_is_waited_out_once() -> None:
    """A store that takes requests and never answers is given up after one time of patience."""
    async with answering(None) as server:
        error = await error_of(server.endpoint, CALOTYPE_S3_TIMEOUT_SECONDS="0.2")
        assert server.connections == 1
    assert type(error) is Unavailable
    assert "CALOTYPE_S3_TIMEOUT_SECONDS" in error.message


async def test_a_store_that_is_busy_is_asked_again() -> None:
    """An answer that says later is not taken for the last word: it is asked three times in all."""
    asked: list[bytes] = []
    async with answering(refusal(503, "SlowDown"), asked) as server:
        await error_of(server.endpoint)
    assert len(asked) == 3


async def test_no_certificate_no_trust() -> None:
    """Where TLS is expected and something else answers, both variables are named."""
    async with answering(plain(400)) as server:
        error = await error_of(server.endpoint.replace("http:", "https:"))
    assert "CALOTYPE_S3_CA_FILE" in error.message


async def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    """A file of certificates that is missing, or holds none, stops the opening."""
    for path in (tmp_path / "missing", Path(__file__)):
        with pytest.raises(Unavailable, match="CALOTYPE_S3_CA_FILE"):
            async with S3Connection.open(
                settings("http://127.0.0.1:9", CALOTYPE_S3_CA_FILE=str(path))
            ):
                pass


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CALOTYPE_S3_ENDPOINT", "127.0.0.1:9000"),
        ("CALOTYPE_S3_ENDPOINT", "http://"),
        ("CALOTYPE_S3_ENDPOINT", "http://name:password@store"),
        ("CALOTYPE_S3_ENDPOINT", "http://store/bucket"),
        ("CALOTYPE_S3_ENDPOINT", "http://store:port"),
        ("CALOTYPE_S3_PUBLIC_ENDPOINT", "store"),
        ("CALOTYPE_S3_BUCKET", "No Bucket"),
        ("CALOTYPE_S3_BUCKET", "a..b"),
        ("CALOTYPE_S3_REGION", "no region"),
        ("CALOTYPE_S3_ADDRESSING", "other"),
    ],
)
def test_what_leads_nowhere_is_no_setting(variable: str, text: str) -> None:
    """An address, bucket or region that can be none is refused before anything is opened."""
    with pytest.raises(SettingsError, match=variable):
        load(S3Settings, {variable: text})


def test_an_endpoint_may_end_with_a_slash() -> None:
    """The slash that people copy along is no part of the address."""
    assert settings("https://store.example:9000/").s3_endpoint == "https://store.example:9000"


async def test_a_bucket_may_be_part_of_the_host() -> None:
    """With virtual addressing, the bucket is in the name of the host, as AWS wants it."""
    virtual = settings("https://store.example", CALOTYPE_S3_ADDRESSING="virtual")
    for told, begins in (
        (settings("https://store.example"), "https://store.example/calotype/uploads/a%20b?"),
        (virtual, "https://calotype.store.example/uploads/a%20b?"),
        (replace(virtual, s3_public_endpoint="http://out"), "http://calotype.out/uploads/a%20b?"),
    ):
        async with S3ObjectStore.open(told) as store:
            url = await store.presigned_put("uploads/a b", expires_seconds=60)
        assert url.startswith(begins)
        assert SECRET not in url
