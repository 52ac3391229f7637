"""WS /ws as a client meets it."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.domain.image import ImageRecord
from calotype_core.domain.lifecycle import Status
from calotype_notifier.http import LiveRoute, _subscribed
from calotype_notifier.live import Live
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Sockets

IDS = [f"017f22e2-79b0-7cc3-98c4-dc0c0c07398{number}" for number in range(4)]
EXPECTED = 'Send {"subscribe": ["<image or job id>", …]}'


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    images = MemoryImageRecords()
    for image_id in IDS:
        record = ImageRecord(image_id=image_id, generation=1, status=Status.PROCESSING)
        asyncio.run(images.update(image_id, lambda _, record=record: record))  # type: ignore[misc]  # bound now
    sockets = Sockets(most=1, metrics=MemoryMetrics())
    route = LiveRoute(
        live=Live(sockets=sockets, images=images, jobs=MemoryJobRecords()),
        settings=NotifierSettings(subscriptions_max=3),
    )
    with TestClient(Litestar(list(route.handlers()))) as opened:
        yield opened


def test_a_subscriber_is_told_the_present(client: TestClient[Litestar]) -> None:
    """Each id that is subscribed to, in one message or several, is told of in its order."""
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": IDS[:2]})
        socket.send_json({"subscribe": [IDS[2].upper()]})
        for image_id in IDS[:3]:
            assert socket.receive_json() == {"status": "processing", "imageId": image_id}


def test_subscriptions_are_bounded(client: TestClient[Litestar]) -> None:
    """Over the bound a client is told so, and still gets those that it has room for."""
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": IDS})
        assert socket.receive_json()["error"]["code"] == "too_many_subscriptions"
        assert [socket.receive_json()["imageId"] for _ in range(3)] == IDS[:3]


def test_a_bad_message_does_not_end_the_connection(client: TestClient[Litestar]) -> None:
    """A message that is not understood is answered with what to send, and the client stays."""
    with client.websocket_connect("/ws") as socket:
        socket.send_text("hello")
        told = socket.receive_json()
        assert told == {"error": {"code": "malformed_message", "message": f"{EXPECTED}."}}
        socket.send_json({"subscribe": IDS[:1]})
        assert socket.receive_json()["imageId"] == IDS[0]


def test_a_client_too_many_is_sent_away(client: TestClient[Litestar]) -> None:
    """Over the bound a connection is closed with 1013, try again later; room comes back."""
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": IDS[:1]})
        socket.receive_json()
        with (
            client.websocket_connect("/ws") as second,
            pytest.raises(WebSocketDisconnect) as caught,
        ):
            second.receive_json()
    assert caught.value.code == 1013


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        "7",
        "null",
        '"subscribe"',
        "{}",
        '{"subscribe": "all"}',
        '{"subscribe": {}}',
        '{"subscribe": null}',
        '{"subscribe": [7]}',
        '{"subscribe": [null]}',
        '{"subscribe": [["a"]]}',
        '{"unsubscribe": []}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"subscribe": ' + "9" * 5_000 + "}",
    ],
)
def test_a_message_that_is_not_understood(message: str) -> None:
    """Whatever is sent, the answer is a sentence that says what to send."""
    assert _subscribed(message) == f"{EXPECTED}."


@pytest.mark.parametrize("text", ["latest", "", "\ud800", "a" * 1000, IDS[0] + " "])
def test_an_id_that_is_none_is_named(text: str) -> None:
    """A text that is no id is quoted, shortened, in what the client is told."""
    told = _subscribed(json.dumps({"subscribe": [IDS[0], text]}))
    assert told == f"{EXPECTED}; {text[:80]!r} is no id."
    assert told.isprintable()


def test_ids_come_in_their_one_spelling() -> None:
    """Ids may be written in capitals, and are followed as they are known."""
    assert _subscribed(json.dumps({"subscribe": [IDS[0].upper()]})) == [IDS[0]]
    assert _subscribed('{"subscribe": []}') == []


@given(st.text(max_size=30) | st.from_regex(r'\{"subscribe": ?\[.*\]\}', fullmatch=True))
def test_any_message(message: str) -> None:
    """Any text is a list of ids or a sentence, and nothing is raised."""
    assert isinstance(_subscribed(message), (list, str))
