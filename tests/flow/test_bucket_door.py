"""The product on real servers, its bucket being the door: nobody calls it, and images are made."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from calotype_core.topology import INGEST
from tests import buckets
from tests.clustered import Cluster
from tests.flow.test_inbox import UNKNOWN, images, outcome
from tests.photographs import photograph

pytestmark = pytest.mark.cluster

BEFORE = "2026/before it started, märz+.jpg"
HOUR = "3600"  # between two rounds: after the first, notifications alone lead to what is new


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield a running product of two ingests, whose bucket had something in it before."""
    # The store announces in one topic, whatever namespace a test has.
    environ = {"CALOTYPE_KAFKA_NAMESPACE": "", "CALOTYPE_INBOX_EVERY_SECONDS": HOUR}
    running = Cluster(tmp_path_factory.mktemp("cluster") / "data", environ, {INGEST: 2})
    running.prepare()
    put(running, BEFORE, photograph(320, 240))
    buckets.announce_uploads(running.environ["CALOTYPE_S3_BUCKET"])
    running.start()
    yield running
    assert running.stop() == 0, running.log()
    assert "an error of ours" not in running.log()


def put(cluster: Cluster, key: str, data: bytes) -> None:
    bucket = cluster.environ["CALOTYPE_S3_BUCKET"]
    buckets.root_client().put_object(bucket, f"uploads/{key}", BytesIO(data), len(data))


@pytest.fixture
def client(cluster: Cluster) -> Iterator[httpx.Client]:
    with cluster.client() as client:
        yield client


def test_what_was_there_before_is_found(client: httpx.Client) -> None:
    """An object that nothing was told of becomes one image, however many replicas look."""
    told = outcome(client, BEFORE)
    assert (told["status"], told["filename"]) == ("completed", BEFORE)
    assert [one["name"] for one in told["renditions"]] == ["optimised", "640x480", "100x100"]
    assert client.get(told["url"]).headers["content-type"] == "image/jpeg"
    assert images(client, BEFORE) == 1


def test_what_is_put_is_told_of(cluster: Cluster, client: httpx.Client) -> None:
    """An object that somebody puts into the bucket is processed without another call."""
    names = [f"a photo {number} & 100%25+.jpg" for number in range(10)]
    for number, name in enumerate(names):
        put(cluster, name, photograph(64, 64, seed=number))
    put(cluster, "text.jpg", b"no image")
    put(cluster, "empty.jpg", b"")
    for name in names:
        assert outcome(client, name)["status"] == "completed"
        assert images(client, name) == 1
    assert outcome(client, "text.jpg")["failure"]["code"] == "unsupported_format"
    assert outcome(client, "empty.jpg")["failure"]["code"] == "empty_file"


def test_a_client_puts_its_image_into_the_store(client: httpx.Client) -> None:
    """POST /uploads gives a URL to PUT to, and the address at which that image's status will be."""
    place: dict[str, Any] = client.post("/uploads", json={"filename": "später, 1+1.jpg"}).json()
    status = client.get(place["statusUrl"])
    assert (status.status_code, status.json()) == (404, UNKNOWN)
    sent = httpx.request(
        place["method"], place["uploadUrl"], content=photograph(64, 64), trust_env=False
    )
    assert sent.status_code == 200, sent.text
    name = place["key"].removeprefix("uploads/")
    assert urlsplit(place["statusUrl"]).path == f"/images/uploads/{quote(name)}/status"
    assert outcome(client, name)["status"] == "completed"
    assert client.get(place["statusUrl"]).json()["status"] == "completed"
