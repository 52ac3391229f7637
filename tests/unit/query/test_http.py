"""The bytes over HTTP: what a framework could get wrong around answer_for()."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.image import ImageRecord, Rendition
from calotype_core.domain.lifecycle import Status
from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_query.http import ReadRoutes
from calotype_query.look_up import LookUp
from calotype_query.settings import QuerySettings

IMAGE_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"  # of 2022
URL = f"/image/{IMAGE_ID}/main"
CONTENT = bytes(range(10))


async def _content() -> AsyncIterator[bytes]:
    yield CONTENT


async def _filled(objects: MemoryObjectStore, images: MemoryImageRecords) -> None:
    stored = await objects.put("renditions/a", _content(), content_type="image/webp")
    rendition = Rendition(
        name="main",
        key=stored.key,
        format="webp",
        width=1,
        height=1,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
    )
    record = ImageRecord(
        image_id=IMAGE_ID, generation=1, status=Status.COMPLETED, renditions=(rendition,)
    )
    await images.update(IMAGE_ID, lambda _: record)


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    objects, images = MemoryObjectStore(), MemoryImageRecords()
    asyncio.run(_filled(objects, images))
    look_up = LookUp(
        images=images, jobs=MemoryJobRecords(), clock=ManualClock(), settings=QuerySettings()
    )
    routes = ReadRoutes(look_up=look_up, objects=objects, public_url="")
    app = Litestar(list(routes.handlers()), exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app) as opened:
        yield opened


def test_get_sends_the_bytes(client: TestClient[Litestar]) -> None:
    """GET sends every byte, with their number and their kind."""
    answer = client.get(URL)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-length"] == "10"
    assert answer.headers["content-type"] == "image/webp"


def test_get_sends_a_part(client: TestClient[Litestar]) -> None:
    """GET with a range sends those bytes alone."""
    answer = client.get(URL, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, CONTENT[2:5])
    assert answer.headers["content-range"] == "bytes 2-4/10"


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=2-4"}, {"Range": "bytes=99-"}])
def test_head_is_about_the_whole(client: TestClient[Litestar], headers: dict[str, str]) -> None:
    """HEAD tells what GET of the whole would; a range is for GET alone (RFC 9110, 14.2)."""
    answer = client.head(URL, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "10"


def test_what_the_client_has_is_not_sent(client: TestClient[Litestar]) -> None:
    """A conditional request is answered with 304 and no body, by GET and by HEAD."""
    headers = {"If-None-Match": client.head(URL).headers["etag"]}
    for answer in (client.get(URL, headers=headers), client.head(URL, headers=headers)):
        assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/image/latest", 400, "malformed_id"),
        ("/image/017f22e2-79b0-7cc3-98c4-dc0c0c073990", 404, "unknown_id"),
        ("/status/ffffffff-ffff-7fff-bfff-ffffffffffff", 400, "malformed_id"),
        (f"/image/{IMAGE_ID}/none", 404, "unknown_rendition"),
        ("/images?limit=0", 400, "malformed_request"),
        ("/images?limit=many", 400, "malformed_request"),
    ],
)
def test_a_problem_has_its_code(
    client: TestClient[Litestar], path: str, status: int, code: str
) -> None:
    """What cannot be shown is a problem document with a stable code."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
