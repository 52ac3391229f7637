"""WS /ws as a client meets it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient, WebSocketTestSession

from calotype_core.errors import Unavailable
from calotype_notifier.http import LiveRoute, MalformedMessageError, wanted_of
from calotype_notifier.live import Wanted
from calotype_notifier.place import MalformedEventIdError
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Told
from tests.unit.notifier.audience import World

IDS = [f"017f22e2-79b0-7cc3-98c4-dc0c0c07398{number}" for number in range(4)]
EXPECTED = 'Send {"subscribe": ["<image or job id>", …]} or {"subscribe": "all"}'


@pytest.fixture
def world() -> World:
    made = World(most_sockets=1)
    for image_id in IDS:
        asyncio.run(made.write_image(image_id))
    return made


@pytest.fixture
def client(world: World) -> Iterator[TestClient[Litestar]]:
    route = LiveRoute(live=world.live, settings=NotifierSettings(subscriptions_max=3))
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


def test_records_that_are_away(world: World, client: TestClient[Litestar]) -> None:
    """Where the present cannot be looked up the client is sent away to come again: 1013."""

    async def get(image_id: str) -> None:
        raise Unavailable(f"{image_id} cannot be looked up")

    world.images.get = get  # type: ignore[method-assign]  # away
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": IDS[:1]})
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
    assert caught.value.code == 1013


def test_who_falls_behind(world: World, client: TestClient[Litestar]) -> None:
    """Who does not take what it is told gets what fits, and is cut off with 4008."""
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": "all"})
        socket.send_text("?")
        assert "error" in socket.receive_json()
        with client.portal() as portal:
            portal.call(fall_behind, world)
        with pytest.raises(WebSocketDisconnect) as caught:
            read_for_ever(socket)
    assert caught.value.code == 4008


def read_for_ever(socket: WebSocketTestSession) -> None:
    while True:
        socket.receive_json()


async def fall_behind(world: World) -> None:
    for one in world.sockets.told_of_job("any"):
        for number in range(2_000):  # none of which it can read meanwhile
            one.tell(Told("image", str(number)))


def test_a_process_that_ends(world: World, client: TestClient[Litestar]) -> None:
    """When the process is to end, its clients are told to connect again: 1012."""
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": IDS[:1]})
        socket.receive_json()
        with client.portal() as portal:
            portal.call(world.sockets.end)
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
    assert caught.value.code == 1012


@pytest.mark.parametrize("since", ["latest", "", "1-b0-1 "])
def test_a_malformed_event_id(client: TestClient[Litestar], since: str) -> None:
    """A resume from what is no event's id is an error of its own, and the client stays."""
    with client.websocket_connect("/ws") as socket:
        socket.send_json({"subscribe": IDS[:1], "resume": since})
        assert socket.receive_json()["error"]["code"] == "malformed_event_id"
        socket.send_json({"subscribe": IDS[:1], "resume": None})
        assert socket.receive_json()["imageId"] == IDS[0]


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
        '{"subscribe": "everything"}',
        '{"resume": "1-b0-1"}',
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
    with pytest.raises(MalformedMessageError) as caught:
        wanted_of(message)
    assert caught.value.message == f"{EXPECTED}."


@pytest.mark.parametrize("text", ["latest", "", "\ud800", "a" * 1000, IDS[0] + " "])
def test_an_id_that_is_none_is_named(text: str) -> None:
    """A text that is no id is quoted, shortened, in what the client is told."""
    with pytest.raises(MalformedMessageError) as caught:
        wanted_of(json.dumps({"subscribe": [IDS[0], text]}))
    assert caught.value.message == f"{EXPECTED}; {text[:80]!r} is no id."
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("more", "named"),
    [({"images": "no"}, '"images"'), ({"images": None}, '"images"'), ({"resume": 7}, '"resume"')],
)
def test_what_is_said_besides(more: dict[str, object], named: str) -> None:
    """Members that hold what they cannot are named."""
    with pytest.raises(MalformedMessageError, match=named):
        wanted_of(json.dumps({"subscribe": "all", **more}))


def test_what_is_asked_for() -> None:
    """Ids in their one spelling, or everything; from an event on; with images or without."""
    assert wanted_of(json.dumps({"subscribe": [IDS[0].upper()]})).ids == [IDS[0]]
    assert wanted_of('{"subscribe": []}').ids == []
    wanted = wanted_of('{"subscribe": "all", "resume": "5-b1-7", "images": false}')
    assert (wanted.ids, str(wanted.since), wanted.images) == (None, "5-b1-7", False)


@given(st.text(max_size=30) | st.from_regex(r'\{"subscribe": ?\[.*\]\}', fullmatch=True))
def test_any_message(message: str) -> None:
    """Any text asks for something or is refused in a sentence."""
    with suppress(MalformedMessageError, MalformedEventIdError):
        assert isinstance(wanted_of(message), Wanted)
