"""More is made of an image that is already here: once, by name, and nothing of it is lost."""

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from PIL import Image
from standardwebhooks import Webhook

from calotype_core.domain.ids import make_id
from tests.flow.clumsy import problem, settled
from tests.flow.conftest import MODES
from tests.flow.test_command import calotype_command
from tests.photographs import photograph
from tests.running import Product, ReceiverProcess

Json = dict[str, Any]
OWN_SECRET = "whsec_" + "QUJD" * 10
PATIENCE_SECONDS = 60
THUMB = {"resize": {"width": 80}, "format": "webp"}
PRESET = {"resize": {"width": 50, "height": 50, "fit": "cover"}}


@pytest.fixture(
    scope="module", params=["standalone", pytest.param("cluster", marks=pytest.mark.cluster)]
)
def calotype(
    request: pytest.FixtureRequest,
    receiver: ReceiverProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Product]:
    """Yield a running product that may call the receiver, with presets of its own."""
    folder = tmp_path_factory.mktemp("process")
    presets = folder / "presets.json"
    presets.write_text(json.dumps({"avatar": PRESET, "small": {"resize": {"width": 7}}}))
    environ = {
        **receiver.allowed,
        "CALOTYPE_WEBHOOK_SECRET": OWN_SECRET,
        "CALOTYPE_PRESETS_FILE": str(presets),
        "CALOTYPE_PRESETS": json.dumps({"small": {"resize": {"width": 20}}}),
        "CALOTYPE_IMAGE_MAX_RENDITIONS": "6",
    }
    running = MODES[request.param](folder / "data", environ)
    running.start()
    yield running
    assert "an error of ours" not in running.log()
    assert running.stop() == 0, running.log()


@pytest.fixture
def image_id(client: httpx.Client) -> str:
    """Return the id of an image of 400 by 300 pixels that has one rendition."""
    asked = {"instructions": '{"resize":{"width":200}}'}
    answer = client.post("/upload", content=photograph(400, 300), params=asked)
    assert answer.status_code == 200, answer.text
    return str(settled(client, answer.json()["imageId"])["imageId"])


def process(
    client: httpx.Client, image_id: str, instructions: object, *, wait: int = 60, **more: object
) -> httpx.Response:
    body = {"imageId": image_id, "instructions": instructions, **more}
    return client.post("/process", json=body, headers={"Prefer": f"wait={wait}"})


def made(answer: httpx.Response) -> list[Json]:
    """Return the renditions of an answer that says that they are there."""
    assert (answer.status_code, answer.json()["status"]) == (200, "completed"), answer.text
    return answer.json()["renditions"]  # type: ignore[no-any-return]  # JSON


def names(client: httpx.Client, image_id: str) -> list[str]:
    return [one["name"] for one in client.get(f"/images/{image_id}").json()["renditions"]]


def told(receiver: ReceiverProcess, path: str) -> list[Json]:
    """Return what a callback has been told, once it has been told anything."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (came := receiver.received(path)):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.02)
    return [Webhook(OWN_SECRET).verify(one.body.encode(), one.headers) for one in came]


def test_a_rendition_more(client: httpx.Client, image_id: str) -> None:
    """What is asked for is answered and served, beside what there was, and the first stays."""
    answer = process(client, image_id, {"renditions": {"thumb": THUMB, "turned": {"rotate": 90}}})
    thumb, turned = made(answer)
    assert answer.headers["location"] == f"/status/{image_id}"
    assert (thumb["name"], thumb["width"], thumb["format"]) == ("thumb", 80, "webp")
    assert (turned["width"], turned["height"]) == (300, 400)
    served = client.get(f"/image/{image_id}/thumb")
    assert Image.open(io.BytesIO(served.content)).size == (80, 60)
    assert names(client, image_id) == ["main", "thumb", "turned"]
    status = client.get(f"/status/{image_id}").json()
    assert (status["status"], set(status["urls"])) == ("completed", {"main", "thumb", "turned"})
    assert client.get(f"/image/{image_id}").content == client.get(f"/image/{image_id}/main").content


def test_asking_twice_makes_nothing_twice(client: httpx.Client, image_id: str) -> None:
    """What is there is answered at once, however it was spelled; what is not is made with it."""
    first = process(client, image_id, {"renditions": {"thumb": THUMB}})
    spelled = {"name": "thumb", "format": "webp", "steps": [{"resize": {"width": 80}}]}
    again = process(client, image_id, {"renditions": [spelled]}, wait=0)
    assert made(again) == made(first)
    assert "requestId" in first.json()
    assert "requestId" not in again.json()
    own = process(client, image_id, {"renditions": {"main": {"resize": {"width": 200}}}}, wait=0)
    assert [one["name"] for one in made(own)] == ["main"]
    both = process(client, image_id, {"renditions": {"tiny": {"resize": 9}, "thumb": THUMB}})
    problem(both, 422, "invalid_instructions")
    tiny = {"resize": {"width": 9}}
    both = process(client, image_id, {"renditions": {"tiny": tiny, "thumb": THUMB}})
    assert [one["name"] for one in made(both)] == ["tiny", "thumb"]
    assert made(both)[1] == made(first)[0]


def test_many_who_ask_at_once(client: httpx.Client, image_id: str) -> None:
    """All get the same, and it is there once."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: process(client, image_id, THUMB), range(8)))
    assert len({json.dumps(made(one)) for one in answers}) == 1
    assert len(names(client, image_id)) == 2


def test_without_a_name(client: httpx.Client, image_id: str) -> None:
    """Without a name a rendition is called by its recipe's digest, and served under it."""
    (one,) = made(process(client, image_id, [{"flip": "both"}]))
    assert len(one["name"]) == 16
    assert client.get(f"/image/{image_id}/{one['name']}").status_code == 200
    assert made(process(client, image_id, {"flip": "both"}, wait=0)) == [one]


def test_presets(client: httpx.Client, image_id: str) -> None:
    """Presets of the file and of the setting, which counts, are known at both doors."""
    asked = {"renditions": {"a": "avatar", "s": "small"}}
    sizes = [(one["width"], one["height"]) for one in made(process(client, image_id, asked))]
    assert sizes == [(50, 50), (20, 15)]
    params = {"instructions": '"avatar"'}
    body = client.post("/upload", content=photograph(400, 300), params=params).json()
    assert [one["width"] for one in body["renditions"]] == [50]


def test_on_the_command_line(calotype: Product, client: httpx.Client, image_id: str) -> None:
    """A line a rendition with its URL, or what is wrong; a name of a preset is enough."""
    done = calotype_command("process", image_id, "avatar", "--url", calotype.url)
    [name] = names(client, image_id)[1:]
    assert (done.returncode, done.stdout) == (
        0,
        f"{name}  {calotype.url}/image/{image_id}/{name}\n",
    )
    done = calotype_command("process", image_id, '{"quality": 0}', "--url", calotype.url)
    assert done.returncode == 1
    assert "quality: expected a whole number from 1 to 100, got 0" in done.stdout


def test_a_focal_point_of_its_own(client: httpx.Client, image_id: str) -> None:
    """Around another point it is another rendition, never the same one made otherwise."""
    square = {"resize": {"width": 50, "height": 50, "fit": "cover"}}
    plain = made(process(client, image_id, square))
    left = made(process(client, image_id, square, focalPoint={"x": 0.0, "y": 0.5}))
    assert plain[0]["name"] != left[0]["name"]
    assert made(process(client, image_id, square, wait=0, focalPoint={"x": 0, "y": 0.5})) == left
    taken = process(
        client, image_id, {"renditions": {plain[0]["name"]: square}}, focalPoint={"x": 1, "y": 0}
    )
    problem(taken, 409, "rendition_name_taken")


def test_later(client: httpx.Client, image_id: str, receiver: ReceiverProcess) -> None:
    """Who does not wait gets a 202, finds it later, and the callback is told."""
    path = f"/ok/{image_id}"
    asked = {"renditions": {"thumb": THUMB}}
    answer = process(client, image_id, asked, wait=0, callbackUrl=f"{receiver.url}{path}")
    body = answer.json()
    assert answer.status_code == 202
    assert body == {
        "status": "processing",
        "imageId": image_id,
        "requestId": body["requestId"],
        "message": f"Renditions are being made, check /status/{image_id}",
    }
    assert answer.headers["location"] == f"/status/{image_id}"
    (event,) = told(receiver, path)
    assert (event["type"], event["data"]["requestId"]) == ("rendition.completed", body["requestId"])
    assert [one["name"] for one in event["data"]["renditions"]] == ["thumb"]
    assert made(process(client, image_id, asked)) == event["data"]["renditions"]


def test_a_name_is_taken_once(client: httpx.Client, image_id: str) -> None:
    """What is served under a name never changes: another recipe is told to choose another one."""
    refused = process(client, image_id, {"renditions": {"main": THUMB, "thumb": THUMB}})
    body = problem(refused, 409, "rendition_name_taken")
    assert [one["path"] for one in body["errors"]] == ["renditions.main"]
    assert names(client, image_id) == ["main"], "nothing of it was made"


def test_what_cannot_be_made(
    client: httpx.Client, image_id: str, receiver: ReceiverProcess
) -> None:
    """A request that fails says why, tells its callback, and leaves the image as it was."""
    before = client.get(f"/images/{image_id}").json()
    path, outside = f"/ok/{image_id}", {"crop": {"x": 390, "y": 0, "width": 20, "height": 20}}
    answer = process(client, image_id, outside, callbackUrl=f"{receiver.url}{path}")
    body = problem(answer, 422, "crop_outside_image")
    assert (body["imageId"], answer.headers["location"]) == (image_id, f"/status/{image_id}")
    (event,) = told(receiver, path)
    assert event["type"] == "rendition.failed"
    assert event["data"]["failure"]["code"] == "crop_outside_image"
    assert event["data"]["requestId"] == body["requestId"]
    assert client.get(f"/images/{image_id}").json() == before
    assert made(process(client, image_id, THUMB))


def test_of_what_images(client: httpx.Client, image_id: str) -> None:
    """Nothing is made of an image that nobody knows, of none, and of one that failed."""
    problem(process(client, make_id(1_700_000_000_000, 7), THUMB), 404, "unknown_id")
    young = make_id(time.time_ns() // 1_000_000, 7)
    problem(process(client, young, THUMB), 503, "not_yet_known")
    problem(process(client, "cat", THUMB), 400, "malformed_id")
    cut = client.post("/upload", content=photograph(400, 300)[:900], headers={"Prefer": "wait=60"})
    assert cut.status_code == 422, cut.text
    body = problem(process(client, cut.json()["imageId"], THUMB), 409, "image_unusable")
    assert "upload it again" in body["detail"]
    asked = {"renditions": {str(side): {"resize": {"width": side}} for side in range(10, 16)}}
    problem(process(client, image_id, asked), 409, "too_many_renditions")


@pytest.mark.parametrize("door", ["/upload", "/process"])
def test_problems_have_their_path(client: httpx.Client, image_id: str, door: str) -> None:
    """At both doors a problem says where in the instructions it is, and which presets there are."""
    asked = {
        "renditions": [
            {"name": "a", "preset": "avatr"},
            {"name": "b", "steps": [{"resize": {"width": -5}}, {"rotat": 90}]},
        ]
    }
    if door == "/upload":
        params = {"instructions": json.dumps(asked)}
        answer = client.post(door, content=photograph(40, 30), params=params)
    else:
        answer = process(client, image_id, asked)
    errors = problem(answer, 422, "invalid_instructions")["errors"]
    assert [one["path"] for one in errors] == [
        "renditions[0].preset",
        "renditions[1].steps[0].resize.width",
        "renditions[1].steps[1].rotat",
    ]
    assert errors[0]["expected"] == "the name of a preset (avatar, small)"
    assert errors[1]["got"] == "-5"
    assert "'rotate'?" in errors[2]["expected"]


def test_bodies_that_are_none(client: httpx.Client, image_id: str) -> None:
    """What is no request says all that is wrong with it, and a large one is not even read."""
    sent = {"imageID": image_id, "instructions": {"quality": 0}, "callbackUrl": "ftp://a.example/"}
    body = problem(client.post("/process", json=sent), 422, "invalid_request")
    assert [one["path"] for one in body["errors"]] == [
        "imageID",
        "imageId",
        "callbackUrl",
        "instructions.quality",
    ]
    problem(process(client, image_id, THUMB, callbackUrl="ftp://a"), 422, "invalid_callback_url")
    problem(process(client, image_id, THUMB, focalPoint={"x": 2, "y": 0}), 422, "invalid_request")
    problem(client.post("/process", json=[]), 422, "invalid_request")
    text = client.post("/process", content=b'{"imageId": 7', headers={"content-type": "text/plain"})
    problem(text, 415, "not_json")
    json_type, deep = {"content-type": "application/json"}, b'{"instructions":' + b"[" * 100_000
    for cut in (b"", b"{", b'{"imageId": "\\ud800"}', b"\xff", deep):
        problem(client.post("/process", content=cut, headers=json_type), 400, "malformed_json")
    large = client.post("/process", content=b" " * 200_000, headers=json_type)
    assert (large.status_code, large.json()["code"]) == (413, "request_entity_too_large")
    prefer = client.post("/process", json={}, headers={"Prefer": "wait=soon"})
    problem(prefer, 400, "malformed_prefer")
