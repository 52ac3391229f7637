"""Watermarks over HTTP as a client meets them: stored, listed, shown, replaced and removed."""

import hashlib
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_core.watermarks import MOST_STORED
from calotype_ingest import keep_watermark
from calotype_ingest.keep_watermark import WatermarkShelf
from calotype_ingest.watermark_routes import WatermarkRoutes
from tests.unit.ingest.doors import GIF, OTHER_GIF, World

Client = TestClient[Litestar]
LIMIT = 1000


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    shelf = WatermarkShelf(objects=world.objects, clock=world.clock, most_bytes=LIMIT)
    routes = WatermarkRoutes(shelf=shelf, pause_seconds=5)
    app = Litestar(list(routes.handlers()), exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app) as opened:
        yield opened


def test_stored_listed_and_shown(client: Client, world: World) -> None:
    """What is stored under a name is told, listed, and given back byte for byte."""
    told = client.put("/watermarks/logo.gif", content=GIF)
    body = {
        "name": "logo.gif",
        "format": "gif",
        "sizeBytes": len(GIF),
        "sha256": hashlib.sha256(GIF).hexdigest(),
        "updatedAt": world.clock.now().isoformat().replace("+00:00", "Z"),
    }
    assert (told.status_code, told.json()) == (201, body)
    assert client.get("/watermarks").json() == {"watermarks": [body]}
    shown = client.get("/watermarks/logo.gif")
    assert (shown.content, shown.headers["content-type"]) == (GIF, "image/gif")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["etag"] == f'"{body["sha256"]}"'


def test_multipart(client: Client) -> None:
    """The multipart field file is a watermark as much as a raw body."""
    sent = client.put("/watermarks/logo.gif", files={"file": ("any name.txt", GIF)})
    assert sent.status_code == 201
    assert client.get("/watermarks/logo.gif").content == GIF


async def _keys(world: World) -> list[str]:
    return list(await world.stored())


@pytest.mark.anyio
async def test_what_is_replaced_stays_readable(client: Client, world: World) -> None:
    """A name stands for its newest bytes, and its older ones are there for who named them."""
    client.put("/watermarks/logo.gif", content=GIF)
    again = client.put("/watermarks/logo.gif", content=OTHER_GIF)
    assert again.status_code == 200
    assert client.get("/watermarks/logo.gif").content == OTHER_GIF
    assert len(client.get("/watermarks").json()["watermarks"]) == 1
    digests = [hashlib.sha256(data).hexdigest()[:16] for data in (GIF, OTHER_GIF)]
    versions = sorted(f"watermarks/logo.gif@{digest}" for digest in digests)
    assert await _keys(world) == ["watermarks/logo.gif", *versions]


@pytest.mark.anyio
async def test_removed(client: Client, world: World) -> None:
    """Removing a name removes all that it stood for and nothing else, and can be done again."""
    client.put("/watermarks/logo.gif", content=GIF)
    client.put("/watermarks/logo.gif", content=OTHER_GIF)
    client.put("/watermarks/logo.gif2", content=GIF)
    for _ in range(2):
        assert client.delete("/watermarks/logo.gif").status_code == 204
    assert client.delete("/watermarks/..").status_code in {204, 404}
    assert {one.partition("@")[0] for one in await _keys(world)} == {"watermarks/logo.gif2"}
    assert client.get("/watermarks/logo.gif").json()["code"] == "unknown_watermark"


REFUSED = {
    "text": ("logo.txt", b"hello", (415, "unsupported_media_type")),
    "TIFF": ("logo.tif", b"II*\0" + b"\0" * 60, (415, "unsupported_media_type")),
    "nothing": ("logo.gif", b"", (400, "nothing_sent")),
    "too large": ("logo.gif", GIF + b"\0" * LIMIT, (413, "upload_too_large")),
    "much too large": ("logo.gif", GIF + b"\0" * 100_000, (413, "upload_too_large")),
    "a space": ("a b", GIF, (422, "invalid_watermark_name")),
    "a version": ("logo@2", GIF, (422, "invalid_watermark_name")),
    "an id": ("01936f5e-7c1a-7b3e-9d52-8f0e4c6a2b10", GIF, (422, "invalid_watermark_name")),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "data", "told"), REFUSED.values(), ids=REFUSED)
async def test_refused(
    client: Client, world: World, name: str, data: bytes, told: tuple[int, str]
) -> None:
    """What is no watermark, or cannot be called so, is refused with its code, and not kept."""
    answer = client.put(f"/watermarks/{name}", content=data)
    assert (answer.status_code, answer.json()["code"]) == told
    assert await _keys(world) == []


def test_only_one_at_a_time(client: Client) -> None:
    """Several files, a field alone, and a file without bytes are no watermark."""
    two = client.put("/watermarks/a", files=[("file", ("a", GIF)), ("file", ("b", GIF))])
    assert two.json()["code"] == "nothing_sent"
    field = client.put("/watermarks/a", files={"other": (None, "text")})
    assert field.json()["code"] == "nothing_sent"
    assert client.put("/watermarks/a", files={"file": ("a", b"")}).json()["code"] == "empty_file"


def test_so_many_and_no_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as many are stored as there may be, one can be replaced, and no other added."""
    assert MOST_STORED == 1_000
    monkeypatch.setattr(keep_watermark, "MOST_STORED", 1)
    client.put("/watermarks/a", content=GIF)
    assert client.put("/watermarks/b", content=GIF).json()["code"] == "too_many_watermarks"
    assert client.put("/watermarks/a", content=OTHER_GIF).status_code == 200
