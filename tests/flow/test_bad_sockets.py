"""Clients of the WebSocket that talk nonsense, ask for too much, or ask for what is not."""

import json
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
    """Of an id that nothing has, nothing is told; what is known beside it, is."""
    image_id = client.post("/upload", content=photograph(30, 20)).json()["imageId"]
    with socket_of(calotype) as opened:
        opened.send(subscribe(make_id(NOW_MS, 1), image_id, make_id(NOW_MS, 2)))
        assert told(opened)["imageId"] == image_id


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
