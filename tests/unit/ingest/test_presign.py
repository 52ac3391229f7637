"""POST /uploads as a client meets it, over a store that can and one that cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import unquote

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_core.ports.object_store import SupportsPresign
from calotype_ingest.presign import PresignRoute
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.doors import World

Client = TestClient[Litestar]
SETTINGS = IngestSettings(public_url="https://images.example", presign_seconds=600)


class PresigningStore(MemoryObjectStore, SupportsPresign):
    """A store that tells strangers where to send to."""

    async def presigned_put(self, key: str, *, expires_seconds: int) -> str:
        return f"https://store.example/{key}?for={expires_seconds}"


@contextmanager
def opened(world: World) -> Iterator[Client]:
    routes = PresignRoute(door=world.door).handlers()
    with TestClient(Litestar(list(routes), exception_handlers=EXCEPTION_HANDLERS)) as client:
        yield client


@pytest.fixture
def world() -> World:
    return World(objects=PresigningStore(), settings=SETTINGS)


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with opened(world) as client:
        yield client


def test_a_place_for_one_image(client: Client, world: World) -> None:
    """A client is told where to PUT its image, until when, and where its status will be."""
    answer = client.post("/uploads", json={"filename": "a photo, später.jpg"})
    told = answer.json()
    assert answer.status_code == 201
    prefix, unique, name = told["key"].split("/")
    assert (prefix, name) == ("uploads", "a photo, später.jpg")
    assert told == {
        "uploadUrl": f"https://store.example/{told['key']}?for=600",
        "method": "PUT",
        "key": told["key"],
        "expiresAt": (world.clock.now() + timedelta(seconds=600))
        .isoformat()
        .replace("+00:00", "Z"),
        "statusUrl": f"https://images.example{answer.headers['location']}",
    }
    assert unquote(answer.headers["location"]) == f"/images/uploads/{unique}/{name}/status"
    assert answer.headers["cache-control"] == "no-store"


def test_the_same_name_twice_is_two_places(client: Client) -> None:
    """Nobody's image takes the place of another's, whatever they call theirs."""
    keys = [client.post("/uploads", json={"filename": "a.jpg"}).json()["key"] for _ in range(2)]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("sent", [b"", b"{}", b'{"filename":null}', b'{"filename":".."}'])
def test_a_name_is_optional(client: Client, sent: bytes) -> None:
    """Who sends no name, or none that a key can have, gets one."""
    answer = client.post("/uploads", content=sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["key"].endswith("/image")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\pictures\\passwd", "a/b/passwd"])
def test_a_name_is_no_path(client: Client, name: str) -> None:
    """Where an upload goes is ours to say."""
    key = client.post("/uploads", json={"filename": name}).json()["key"]
    assert key.split("/")[2:] == ["passwd"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"filename":7}', 400), (b'"' + b"a" * 20_000 + b'"', 413)],
    ids=["no JSON", "no object", "a number", "too long"],
)
def test_a_body_that_is_none(client: Client, sent: bytes, status: int) -> None:
    """What cannot be understood is refused as a problem."""
    answer = client.post("/uploads", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_name_that_is_too_long_for_a_key(client: Client) -> None:
    """A name that no key can hold is refused with what to do."""
    answer = client.post("/uploads", json={"filename": "写" * 86})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_key")


def test_a_store_that_cannot() -> None:
    """Over a folder the client is told to send the image itself."""
    with opened(World(settings=SETTINGS)) as client:
        answer = client.post("/uploads")
    assert (answer.status_code, answer.json()["code"]) == (501, "presign_unsupported")
    assert "POST /upload" in answer.json()["detail"]
