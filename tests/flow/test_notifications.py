"""Whoever asked is told: by a callback, by a webhook, once, and with proof."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.flow.conftest import MODES
from tests.flow.jobs import send_csv, until_finished
from tests.photographs import photograph
from tests.receiver import Received
from tests.running import Product, ReceiverProcess, ShopProcess

OWN_SECRET = "whsec_" + "QUJD" * 10
PATIENCE_SECONDS = 60
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "notifications.md"


@pytest.fixture(
    scope="module", params=["standalone", pytest.param("cluster", marks=pytest.mark.cluster)]
)
def calotype(
    request: pytest.FixtureRequest,
    receiver: ReceiverProcess,
    shop: ShopProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Product]:
    """Yield a running product that may call the receiver, and tries again soon."""
    environ = {
        **receiver.allowed,
        **shop.allowed,
        "CALOTYPE_WEBHOOK_SECRET": OWN_SECRET,
        "CALOTYPE_WEBHOOK_RETRIES": "0.2,0.2,0.2",
        "CALOTYPE_WEBHOOK_SECONDS": "2",
    }
    running = MODES[request.param](tmp_path_factory.mktemp("telling") / "data", environ)
    running.start()
    yield running
    assert running.stop() == 0, running.log()


def upload(client: httpx.Client, callback_url: str, content: bytes | None = None) -> dict[str, Any]:
    sent = content or photograph(60, 40)
    return client.post("/upload", content=sent, params={"callbackUrl": callback_url}).json()  # type: ignore[no-any-return]  # JSON


def until(what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it is
    """Return what is there as soon as there is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.02)
    return found


def received(receiver: ReceiverProcess, path: str, count: int = 1) -> Sequence[Received]:
    """Return the first requests that come to a path."""

    def came() -> Sequence[Received]:
        found = receiver.received(path)
        return found if len(found) >= count else ()

    return until(came)  # type: ignore[no-any-return]  # what came


def verified(one: Received, secret: str = OWN_SECRET) -> Any:  # noqa: ANN401 - JSON
    """Return what a request says, once its proof has been found right."""
    return Webhook(secret).verify(one.body.encode(), one.headers)


def deliveries(client: httpx.Client, **sought: str) -> list[dict[str, Any]]:
    return client.get("/deliveries", params=sought).json()["deliveries"]  # type: ignore[no-any-return]  # JSON


def delivered(client: httpx.Client, state: str = "delivered", **sought: str) -> dict[str, Any]:
    """Return the one delivery that is sought, once it is in that state."""

    def ended() -> dict[str, Any] | None:
        found = deliveries(client, state=state, **sought)
        return found[0] if found else None

    return until(ended)  # type: ignore[no-any-return]  # a delivery


def make_webhook(client: httpx.Client, url: str, *kinds: str) -> dict[str, Any]:
    answer = client.post("/webhooks", json={"url": url, "eventTypes": kinds})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]  # JSON


def test_an_images_callback(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """The callback of an image gets one signed request, with everything about it."""
    url = f"{receiver.url}/ok/image"
    image_id = upload(client, url)["imageId"]
    (one,) = received(receiver, "/ok/image")
    told = verified(one)
    assert (told["type"], told["data"]["imageId"]) == ("image.completed", image_id)
    assert httpx.get(told["data"]["url"], trust_env=False).status_code == 200
    on_record = delivered(client, subject=image_id)
    assert on_record["deliveryId"] == one.message_id
    (tried,) = on_record["attempts"]
    assert (tried["status"], tried["answer"]) == (200, "taken")


def test_a_failed_images_callback(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """The callback of an image that fails is told why."""
    broken = photograph(60, 40)[:300]
    upload(client, f"{receiver.url}/ok/failed", broken)
    told = verified(received(receiver, "/ok/failed")[0])
    assert told["type"] == "image.failed"
    assert told["data"]["failure"]["code"]


def test_a_jobs_callback(
    client: httpx.Client, receiver: ReceiverProcess, shop: ShopProcess
) -> None:
    """The callback of a CSV gets one request with the counts and the output, and one a retry."""
    sheet = (
        "Serial Number,Product Name,Image URLs\n"
        f'1,One,"{shop.url}/p/told-1.jpg,{shop.url}/status/404/told-2.jpg"\n'
    )
    callback = f"{receiver.url}/ok/job"
    job_id = send_csv(client, sheet, callbackUrl=callback)
    told = verified(received(receiver, "/ok/job")[0])
    data = told["data"]
    assert (told["type"], data["jobId"], data["status"]) == ("job.finished", job_id, "completed")
    assert data["counts"] == {"total": 2, "completed": 1, "failed": 1}
    assert [bool(one) for one in data["urls"]] == [True, False]
    output = httpx.get(data["outputCsvUrl"], trust_env=False)
    assert data["urls"][0] in output.text
    client.post(f"/jobs/{job_id}/retry").raise_for_status()
    until_finished(client, job_id, generation=2)
    both = received(receiver, "/ok/job", 2)
    assert [verified(one)["data"]["generation"] for one in both] == [1, 2]
    assert len(deliveries(client, subject=job_id)) == 2


def test_a_server_that_was_down(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """A callback that fails is called again, under the same id, and each try is on record."""
    image_id = upload(client, f"{receiver.url}/failing/2/down")["imageId"]
    tries = received(receiver, "/failing/2/down", 3)
    assert len({one.message_id for one in tries}) == 1
    assert [verified(one)["data"]["imageId"] for one in tries] == [image_id] * 3
    on_record = delivered(client, subject=image_id)
    assert [one["status"] for one in on_record["attempts"]] == [500, 500, 200]
    assert [one.get("code") for one in on_record["attempts"]][-1] is None


def test_given_up_and_replayed(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """After the last try a delivery has failed; a replay sends it again, under the same id."""
    image_id = upload(client, f"{receiver.url}/failing/4/given-up")["imageId"]
    failed = delivered(client, "failed", subject=image_id)
    assert failed["tries"] == 4
    answer = client.post(f"/deliveries/{failed['deliveryId']}/replay")
    assert answer.status_code == 202, answer.text
    again = delivered(client, subject=image_id)
    assert len(again["attempts"]) == 5
    assert len({one.message_id for one in receiver.received("/failing/4/given-up")}) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/redirect/a", "endpoint_answered_badly"),
        ("/never/a", "endpoint_timeout"),
        ("/drip/a", "endpoint_timeout"),
        ("/close/a", "endpoint_broken_off"),
    ],
)
def test_bad_receivers(
    client: httpx.Client, receiver: ReceiverProcess, path: str, code: str
) -> None:
    """A receiver with bad manners fails by its code, and the next one's request does not wait."""
    image_id = upload(client, receiver.url + path)["imageId"]
    assert received(receiver, path)
    well = upload(client, f"{receiver.url}/ok{path}")["imageId"]
    assert delivered(client, subject=well)["tries"] == 1
    (on_record,) = until(
        lambda: [one for one in deliveries(client, subject=image_id) if one["attempts"]]
    )
    assert on_record["attempts"][0]["code"] == code


def test_a_webhook(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """A webhook is told of what it asked for, signed by its own secret, until it is paused."""
    hook = make_webhook(client, f"{receiver.url}/ok/hook", "image.completed")
    image_id = upload(client, f"{receiver.url}/ok/beside")["imageId"]
    told = verified(received(receiver, "/ok/hook")[0], hook["secret"])
    assert (told["type"], told["data"]["imageId"]) == ("image.completed", image_id)
    place = f"/webhooks/{hook['webhookId']}"
    client.patch(place, json={"state": "paused"}).raise_for_status()
    second = upload(client, f"{receiver.url}/ok/beside")["imageId"]
    until(lambda: deliveries(client, endpoint=hook["webhookId"], subject=second))
    assert len(receiver.received("/ok/hook")) == 1
    client.patch(place, json={"state": "active"}).raise_for_status()
    kept = verified(received(receiver, "/ok/hook", 2)[1], hook["secret"])
    assert kept["data"]["imageId"] == second
    assert client.delete(place).status_code == 204
    assert deliveries(client, endpoint=hook["webhookId"]) == []


def test_a_webhooks_rotation_and_test(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """After a rotation a test is signed by the new secret and by the old one."""
    hook = make_webhook(client, f"{receiver.url}/ok/rotated", "job.finished")
    place = f"/webhooks/{hook['webhookId']}"
    rotated = client.post(f"{place}/rotate").json()
    assert client.post(f"{place}/test").status_code == 202
    (one,) = received(receiver, "/ok/rotated")
    for secret in (rotated["secret"], hook["secret"]):
        assert verified(one, secret)["type"] == "webhook.test"


def test_gone(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """A webhook that answers 410 is switched off, and others who asked are told of it."""
    watcher = make_webhook(client, f"{receiver.url}/ok/watcher", "webhook.off")
    hook = make_webhook(client, f"{receiver.url}/gone/hook", "image.completed")
    upload(client, f"{receiver.url}/ok/beside")
    told = verified(received(receiver, "/ok/watcher")[0], watcher["secret"])
    assert (told["type"], told["data"]["webhookId"]) == ("webhook.off", hook["webhookId"])
    assert client.get(f"/webhooks/{hook['webhookId']}").json()["state"] == "off"


def test_everything_since(client: httpx.Client, receiver: ReceiverProcess) -> None:
    """A webhook is sent everything since a moment once more, under the ids of the first time."""
    hook = make_webhook(client, f"{receiver.url}/ok/since", "image.completed")
    for _ in range(3):
        upload(client, f"{receiver.url}/ok/beside")
    first = received(receiver, "/ok/since", 3)
    until(lambda: not deliveries(client, endpoint=hook["webhookId"], state="pending"))
    answer = client.post(
        f"/webhooks/{hook['webhookId']}/replay", json={"since": "2020-01-01T00:00:00Z"}
    )
    assert answer.json() == {"replayed": 3}
    both = received(receiver, "/ok/since", 6)
    assert {one.message_id for one in both[3:]} == {one.message_id for one in first}


def test_the_receiver_of_the_guide(client: httpx.Client, tmp_path: Path) -> None:
    """The receiver that docs/how-to/notifications.md shows verifies what it is sent."""
    found = re.search(r"```python\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    assert found
    script = tmp_path / "receiver.py"
    script.write_text(found[1])
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SECRET": OWN_SECRET, "PORT": str(port)},
    )
    try:
        until(lambda: is_listening(port))
        url = f"http://127.0.0.1:{port}/hook"
        upload(client, url)
        assert process.stdout
        line = process.stdout.readline().split()
        on_record = delivered(client, endpoint=url)
    finally:
        process.kill()
        process.communicate()
    assert line[1:] == ["image.completed", "completed"]
    assert on_record["deliveryId"] == line[0]


def is_listening(port: int) -> bool:
    with closing(socket.socket()) as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def newest(client: httpx.Client) -> list[str]:
    return [one["imageId"] for one in client.get("/images?limit=1").json()["images"]]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "https://user:password@example.org/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://example.org/" + "x" * 3000,
    ],
)
def test_what_may_not_be_called(client: httpx.Client, url: str) -> None:
    """A callback that may not be called is refused with the upload, and nothing is processed."""
    before = newest(client)
    answer = client.post("/upload", content=photograph(60, 40), params={"callbackUrl": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_callback_url")
    assert answer.json()["errors"][0]["path"] == "callbackUrl"
    assert newest(client) == before
    hook = client.post("/webhooks", json={"url": url})
    assert (hook.status_code, hook.json()["code"]) == (422, "invalid_webhook")


def test_secrets_stay_secret(client: httpx.Client, calotype: Product) -> None:
    """No secret is in an answer but the first one, nor in the log."""
    hook = make_webhook(client, "https://example.org/", "job.finished")
    shown = json.dumps([client.get("/webhooks").json(), client.get("/deliveries").json()])
    for secret in (hook["secret"], OWN_SECRET):
        assert secret not in shown
        assert secret not in calotype.log()
