"""Clients of the WebSocket that talk nonsense, ask for too much, or ask for what is not."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from calotype_core.domain.ids import make_id
from tests.photographs import photograph
from tests.running import Calotype, Product

NOW_MS = 1_700_000_000_000
DEEP = 5000


@contextmanager
def socket_of(calotype: Product) -> Iterator[ClientConnection]:
    address = f"{calotype.url.replace('http', 'ws')}/ws"
    with connect(address, proxy=None, max_size=None) as opened:
        yield opened


def told(opened: ClientConnection) -> dict[str, Any]:
    return json.loads(opened.recv(timeout=60))  # type: ignore[no-any-return]  # JSON


def subscribe(*ids: object) -> str:
    return json.dumps({"subscribe": ids})


MALFORMED: dict[str, str | bytes] = {
    "nothing": "",
    "no JSON": "{subscribe",
    "bytes": b"\x00\xff\xfe",
    "an array": "[]",
    "null": "null",
    "another verb": '{"unsubscribe":[]}',
    "no list": '{"subscribe":"abc"}',
    "numbers": subscribe(1, None, {}),
    "no id": subscribe("../../etc/passwd"),
    "no id of ours": subscribe(str(uuid.uuid4())),
    "half a character": '{"subscribe":["\\ud800"]}',
    "a long id": subscribe("x" * 500_000),
    "a long number": '{"subscribe":[' + "9" * 100_000 + "]}",
    "depth": "[" * 500_000,
    "depth in its place": '{"subscribe":' + "[" * DEEP + "]" * DEEP + "}",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message(calotype: Product, name: str) -> None:
    """Nonsense is answered with an error and how to say it, and the connection goes on."""
    with socket_of(calotype) as opened:
        for _ in range(2):
            opened.send(MALFORMED[name])
            error = told(opened)["error"]
            assert error["code"] == "malformed_message"
            assert 'Send {"subscribe": ["' in error["message"]
            assert len(error["message"]) < 300


def test_an_enormous_message(calotype: Product, client: httpx.Client) -> None:
    """A message over a megabyte ends the connection, by its proper code, and nothing else."""
    with socket_of(calotype) as opened:
        opened.send(subscribe("x" * 2_000_000))
        with pytest.raises(ConnectionClosed) as caught:
            opened.recv(timeout=60)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009
    assert client.get("/healthz").status_code == 200


def test_unknown_ids(calotype: Product, client: httpx.Client) -> None:
    """Ids that nothing has are named in an error; of what is known beside them, the present is."""
    image_id = client.post("/upload", content=photograph(30, 20)).json()["imageId"]
    unknown = [make_id(NOW_MS, 1), make_id(NOW_MS, 2)]
    with socket_of(calotype) as opened:
        opened.send(subscribe(unknown[0], image_id, unknown[1]))
        heard = [told(opened)]
        while "error" not in heard[-1]:  # its outcome may be told after the present
            heard.append(told(opened))
        *present, last = heard
        assert {one["imageId"] for one in present} == {image_id}
        error = last["error"]
        assert (error["code"], error["ids"]) == ("unknown_id", unknown)
        assert "never were" in error["message"]


def test_a_young_id(calotype: Product) -> None:
    """Of an id that was drawn just now and is not on record yet nothing is told, and no error."""
    with socket_of(calotype) as opened:
        opened.send(subscribe(make_id(time.time_ns() // 1_000_000, 1)))
        opened.send("?")
        assert told(opened)["error"]["code"] == "malformed_message"


@pytest.mark.parametrize("since", ["", "latest", "1-b0-1-2", "01-b0-1", "-5-b0-1", "1-z0-1"])
def test_a_malformed_event_id(calotype: Product, since: str) -> None:
    """To resume from what is no event's id is an error with a code of its own."""
    with socket_of(calotype) as opened:
        opened.send(json.dumps({"subscribe": "all", "resume": since}))
        assert told(opened)["error"]["code"] == "malformed_event_id"


@pytest.mark.parametrize("since", ["1-b0-1", "1000-i999999-7"])
def test_an_event_of_long_ago(calotype: Product, since: str) -> None:
    """Who resumes from before what is remembered is told to begin anew."""
    with socket_of(calotype) as opened:
        opened.send(json.dumps({"subscribe": "all", "resume": since}))
        assert told(opened)["reset"] is True


def test_too_many_ids(calotype: Product, client: httpx.Client) -> None:
    """Three thousand ids are more than one connection may follow; the first two thousand are."""
    image_id = client.post("/upload", content=photograph(30, 20)).json()["imageId"]
    with socket_of(calotype) as opened:
        opened.send(subscribe(image_id, *(make_id(NOW_MS, n) for n in range(2999))))
        error = told(opened)["error"]
        assert error["code"] == "too_many_subscriptions"
        assert "2000" in error["message"]
        assert told(opened)["imageId"] == image_id


def test_too_many_clients(started: Callable[..., Calotype]) -> None:
    """Who comes when as many are connected as may be is told to try again later."""
    calotype = started(CALOTYPE_SOCKETS_MAX="1")
    with socket_of(calotype) as first:
        first.send("?")
        told(first)
        with socket_of(calotype) as second, pytest.raises(ConnectionClosed) as caught:
            second.recv(timeout=60)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1013


def test_another_address(calotype: Product) -> None:
    """There is one WebSocket; another address is refused before it is one."""
    with pytest.raises(InvalidStatus) as caught:
        connect(f"{calotype.url.replace('http', 'ws')}/nobody", proxy=None)
    assert caught.value.response.status_code in {403, 404}


def test_nobody_is_left_behind(calotype: Product) -> None:
    """A connection that is dropped without a word is forgotten."""
    with socket_of(calotype) as opened:
        opened.send(subscribe(make_id(NOW_MS, 1)))
        opened.socket.close()
    none_open = "calotype_sockets_open 0.0"
    assert any(none_open in calotype.metrics() for _ in range(500)), "soon"
    assert "an error of ours" not in calotype.log()
