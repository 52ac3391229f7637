"""The story, as the README tells it: an image in, its prints out, and whoever asked is told."""

import hashlib
import io
import json
from typing import Any

import httpx
from PIL import Image
from websockets.sync.client import connect

from tests.flow.clumsy import on_record, settled
from tests.photographs import photograph
from tests.running import Product

BY_SIGHT = ("phash", "blurhash", "thumbhash", "colours")


def follow(calotype: Product, subject_id: str) -> list[dict[str, Any]]:
    """Subscribe to an image or a job, and return what is told until it is done."""
    told: list[dict[str, Any]] = []
    with connect(f"{calotype.url.replace('http', 'ws')}/ws", proxy=None) as socket:
        socket.send(json.dumps({"subscribe": [subject_id]}))
        while not (told and is_end(told[-1], subject_id)):
            told.append(json.loads(socket.recv(timeout=60)))
    return told


def is_end(message: dict[str, Any], subject_id: str) -> bool:
    about = message.get("imageId") or message.get("jobId")
    return about == subject_id and message["status"] != "processing"


def test_one_photograph_is_answered_with_its_prints(client: httpx.Client, photo: bytes) -> None:
    """A single upload is answered in its own request, with a URL that serves the image."""
    answer = client.post("/upload", files={"file": ("forest.jpg", photo)})
    body = answer.json()
    image_id = body["imageId"]
    assert answer.status_code == 200
    assert answer.headers["location"] == f"/status/{image_id}"
    assert body["status"] == "completed"
    assert body["url"] == f"{client.base_url!s}".rstrip("/") + f"/image/{image_id}"
    sizes = {one["name"]: (one["width"], one["height"]) for one in body["renditions"]}
    assert sizes == {"optimised": (1600, 1200), "640x480": (640, 480), "100x100": (100, 75)}
    for one in body["renditions"]:
        served = client.get(one["url"])
        assert served.headers["content-type"] == "image/jpeg"
        assert hashlib.sha256(served.content).hexdigest() == one["sha256"]
        assert Image.open(io.BytesIO(served.content)).size == (one["width"], one["height"])


def test_what_is_known_about_it(client: httpx.Client, photo: bytes) -> None:
    """Dimensions, format, size, colour mode, SHA-256, camera and looks are kept; GPS is not."""
    image_id = client.post("/upload", content=photo).json()["imageId"]
    image = on_record(client, image_id)
    by_sight = {name: image["metadata"].pop(name) for name in BY_SIGHT}
    assert all(by_sight.values())
    assert image["metadata"] == {
        "width": 1600,
        "height": 1200,
        "format": "jpeg",
        "sizeBytes": len(photo),
        "colourMode": "RGB",
        "orientation": 1,
        "sha256": hashlib.sha256(photo).hexdigest(),
        "pages": 1,
        "hasAlpha": False,
        "exif": {"make": "Calotype Test Camera"},
    }
    assert [one["status"] for one in image["history"]] == ["processing", "completed"]
    assert b"GPS" not in client.get(f"/image/{image_id}").content
    assert not Image.open(io.BytesIO(client.get(f"/image/{image_id}").content)).getexif()


def test_later_and_live(calotype: Product, client: httpx.Client, photo: bytes) -> None:
    """Who does not wait gets a 202 in the promised words, and is told over the WebSocket."""
    answer = client.post("/upload", content=photo, headers={"Prefer": "respond-async"})
    image_id = answer.json()["imageId"]
    assert answer.status_code == 202
    assert answer.json() == {
        "status": "processing",
        "imageId": image_id,
        "message": f"Image is being processed, check /status/{image_id}",
    }
    assert client.get(f"/status/{image_id}").status_code == 200, "read your own write"
    [*_, last] = follow(calotype, image_id)
    assert (last["status"], last["imageId"]) == ("completed", image_id)
    assert [one["name"] for one in last["renditions"]] == ["optimised", "640x480", "100x100"]
    status = settled(client, image_id)
    assert status["status"] == "completed"
    assert status["url"] == last["url"]


def test_several_at_once(calotype: Product, client: httpx.Client) -> None:
    """Several files are a job: counted, in input order, and one bad file fails alone."""
    good = [photograph(320, 240, seed=seed) for seed in range(4)]
    files = [
        ("file", (f"{n}.jpg", one)) for n, one in enumerate([*good[:2], b"no image", *good[2:]])
    ]
    answer = client.post("/upload", files=files)
    job_id = answer.json()["jobId"]
    assert answer.status_code == 202
    assert answer.json() == {
        "status": "processing",
        "jobId": job_id,
        "message": f"Bulk upload queued, check /status/{job_id}",
        "total": 5,
    }
    last = follow(calotype, job_id)[-1]
    job = settled(client, job_id)
    assert (job["status"], job["total"], job["waiting"], job["running"]) == ("completed", 5, 0, 0)
    assert (job["completed"], job["failed"]) == (4, 1)
    assert [one["filename"] for one in job["items"]] == [f"{n}.jpg" for n in range(5)]
    assert [url is None for url in job["urls"]] == [False, False, True, False, False]
    assert job["items"][2]["failureCode"] == "unsupported_format"
    assert (last["status"], last["jobId"], last["urls"]) == ("completed", job_id, job["urls"])
    for url, original in zip([url for url in job["urls"] if url], good, strict=True):
        made = client.get(url.replace("/image/", "/images/")).json()
        assert made["original"]["sha256"] == hashlib.sha256(original).hexdigest()


def test_instructions(client: httpx.Client, photo: bytes) -> None:
    """What is asked for is what is made, in the shorthand and with names."""
    asked = '{"resize":{"width":800},"format":"webp"}'
    body = client.post("/upload", files={"file": photo}, data={"instructions": asked}).json()
    [main] = body["renditions"]
    assert (main["name"], main["width"], main["format"]) == ("main", 800, "webp")
    top = [{"crop": {"width": 400, "height": 100, "gravity": "north"}}]
    named = {"renditions": {"top": top, "t": {"rotate": 90}}}
    asked = json.dumps(named)
    body = client.post("/upload", params={"instructions": asked}, content=photo).json()
    sizes = {one["name"]: (one["width"], one["height"]) for one in body["renditions"]}
    assert sizes == {"top": (400, 100), "t": (1200, 1600)}


def test_by_name(client: httpx.Client, photo: bytes) -> None:
    """An image is found by the name it came in under; an unknown name gets the promised 404."""
    sent = client.post("/upload", files={"file": ("a photo, später.jpg", photo)}).json()
    settled(client, sent["imageId"])
    found = client.get("/images/uploads/a photo, später.jpg/status")
    assert found.status_code == 200
    assert found.json()["imageId"] == sent["imageId"]
    unknown = client.get("/images/uploads/nobody.jpg/status")
    assert unknown.status_code == 404
    assert unknown.json() == {"message": "Image details not found for the given image identifier."}


def test_newest_first(client: httpx.Client) -> None:
    """Images are listed newest first, a page at a time."""
    sent = [client.post("/upload", content=photograph(64, 64)).json()["imageId"] for _ in range(3)]
    for image_id in sent:
        settled(client, image_id)
    first = client.get("/images", params={"limit": 2}).json()
    assert [one["imageId"] for one in first["images"]] == sent[:0:-1]
    second = client.get(first["next"]).json()
    assert second["images"][0]["imageId"] == sent[0]


def test_the_same_request_again(client: httpx.Client, photo: bytes) -> None:
    """An Idempotency-Key makes a repeated request the same one, and another body an error."""
    headers = {"Idempotency-Key": "order-7/photo-1"}
    first = client.post("/upload", content=photo, headers=headers)
    again = client.post("/upload", content=photo, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = client.post("/upload", content=photograph(64, 64), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_delivery(client: httpx.Client, photo: bytes) -> None:
    """Images are delivered as caches and players like them: validators, ranges, HEAD."""
    url = client.post("/upload", content=photo).json()["url"]
    whole = client.get(url)
    assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert whole.headers["x-content-type-options"] == "nosniff"
    etag = whole.headers["etag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    part = client.get(url, headers={"Range": "bytes=100-199", "If-Range": etag})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert client.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    head = client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_stop_and_start(calotype: Product, photo: bytes) -> None:
    """What was accepted outlives the process, and a stop finishes what was begun."""
    with calotype.client() as client:
        sent = [
            client.post("/upload", content=photo, headers={"Prefer": "respond-async"}).json()
            for _ in range(5)
        ]
    assert calotype.stop() == 0, calotype.log()
    calotype.start()
    with calotype.client() as client:
        for one in sent:
            [*_, last] = follow(calotype, one["imageId"])
            assert last["status"] == "completed"
            assert client.get(last["url"]).status_code == 200
