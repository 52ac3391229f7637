"""POST /upload as a client meets it, with nobody who processes the images."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_core.outcomes import Outcomes
from calotype_ingest.http import UploadRoute
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.bodies import Sent, body
from tests.unit.ingest.doors import GIF, OTHER_GIF, World

Client = TestClient[Litestar]
SETTINGS = IngestSettings(
    wait_seconds=0.0, request_max_bytes=1000, public_url="https://images.example"
)


@pytest.fixture
def client() -> Iterator[Client]:
    route = UploadRoute(
        door=World(settings=SETTINGS).door,
        outcomes=Outcomes(most=10),
    )
    app = Litestar(list(route.handlers()), exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app) as opened:
        yield opened


def post(client: Client, content: bytes, content_type: str = "image/gif", **headers: str) -> Any:  # noqa: ANN401 - JSON
    sent = {"Content-Type": content_type, **headers}
    encoded = {name.encode(): value.encode("latin-1") for name, value in sent.items()}
    answer = client.post("/upload", content=content, headers=encoded)
    return answer.status_code, answer.json()


def test_a_raw_body_is_promised(client: Client) -> None:
    """A raw body that is not done in time gets 202, and the place where its status is."""
    answer = client.post("/upload", content=GIF)
    image_id = answer.json()["imageId"]
    assert answer.status_code == 202
    assert answer.json() == {
        "status": "processing",
        "imageId": image_id,
        "message": f"Image is being processed, check /status/{image_id}",
    }
    assert answer.headers["location"] == f"/status/{image_id}"
    assert answer.headers["cache-control"] == "no-store"


def test_several_files_are_promised(client: Client) -> None:
    """Several files get 202 and the id of their job, whatever wait was asked for."""
    parts = [Sent(content=GIF, filename="a"), Sent(content=OTHER_GIF, filename="b")]
    status, told = post(
        client, body(parts), 'multipart/form-data; boundary="boundary"', Prefer="wait=9"
    )
    assert status == 202
    assert told == {
        "status": "processing",
        "jobId": told["jobId"],
        "message": f"Bulk upload queued, check /status/{told['jobId']}",
        "total": 2,
    }


def test_a_request_with_a_key_is_answered_again(client: Client) -> None:
    """The same request under the same key gets the same answer, which says that it is one."""
    first, again = (
        client.post("/upload", content=GIF, headers={"Idempotency-Key": "key"}) for _ in range(2)
    )
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        "multipart/",
        "multipart/*form-dataform-databoundary)/;é1*",
        "multipart/form-data; boundary*0*=",
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=other",
    ],
)
def test_a_multipart_body_without_its_boundary(client: Client, content_type: str) -> None:
    """Whatever a Content-Type says, a body that cannot be taken apart by it is malformed."""
    status, told = post(client, body([Sent(content=GIF)]), content_type)
    assert (status, told["code"]) == (400, "malformed_multipart")


def test_problems_of_instructions_are_listed(client: Client) -> None:
    """A problem document has every problem of the instructions with its path."""
    asked = json.dumps({"rotate": 361, "\ud800": 1})
    status, told = post(
        client,
        body([Sent(content=GIF), Sent(name="instructions", content=asked.encode())]),
        "multipart/form-data; boundary=boundary",
    )
    assert (status, told["code"], told["retry"]) == (422, "invalid_instructions", False)
    assert {one["path"] for one in told["errors"]} == {"rotate.degrees", "\\ud800"}


def test_what_is_announced_as_too_long_is_refused(client: Client) -> None:
    """A body whose length is over the limit is refused by its header."""
    status, told = post(client, b"1" * 1001)
    assert (status, told["code"]) == (413, "upload_too_large")
    assert "CALOTYPE_REQUEST_MAX_BYTES" in told["detail"]


def test_what_a_client_accepts_is_heard(client: Client) -> None:
    """The Accept header is part of what is asked for where the format is left open."""
    answers = [
        client.post(
            "/upload",
            params={"instructions": '{"rotate": 90}'},
            content=GIF,
            headers={"Idempotency-Key": "key", "Accept": accept},
        )
        for accept in ("image/webp", "image/webp,*/*", "image/avif")
    ]
    assert [one.status_code for one in answers] == [202, 202, 422]
    assert answers[2].json()["code"] == "idempotency_key_reused"
