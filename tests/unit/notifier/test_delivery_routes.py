"""Deliveries as a client meets them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from calotype_core.ports.deliveries import DeliveryState, Try
from tests.unit.notifier.desks import HOOK, Client, Json, World, created
from tests.unit.notifier.test_webhook_routes import has_failed_for_days

CALLBACK = "https://shop.example/done?order=7&x=a b"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with world.opened() as client:
        yield client


def listed(client: Client, **asked: str) -> list[str]:
    """Return which deliveries there are, by what they are about."""
    answer = client.get("/deliveries", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["subjectId"] for one in answer.json()["deliveries"]]


def test_a_delivery_tells_every_attempt(client: Client, world: World) -> None:
    """Each try has its time, its duration and its answer; what is sent is told as it is."""
    at = world.clock.now()
    attempts = (
        Try(at=at, seconds=30.00049, code="endpoint_silent", answer="No answer in 30 seconds."),
        Try(at=at + timedelta(minutes=5), seconds=0.25, status=204),
    )
    owed = world.owe(f"webhook:{HOOK}", state=DeliveryState.DELIVERED, tries=2, attempts=attempts)
    told = client.get(f"/deliveries/{owed.delivery_id}").json()
    assert told == {
        "deliveryId": owed.delivery_id,
        "event": "image.completed",
        "subjectId": "subject",
        "channel": "webhook",
        "endpoint": f"webhook:{HOOK}",
        "to": HOOK,
        "state": "delivered",
        "tries": 2,
        "createdAt": "2026-01-01T00:00:00Z",
        "attempts": [
            {
                "at": "2026-01-01T00:00:00Z",
                "seconds": 30.0,
                "code": "endpoint_silent",
                "answer": "No answer in 30 seconds.",
            },
            {"at": "2026-01-01T00:05:00Z", "seconds": 0.25, "status": 204, "answer": ""},
        ],
        "body": {"type": "image.completed", "data": {}},
    }
    del told["body"]
    assert client.get("/deliveries").json() == {"deliveries": [told]}


def test_what_waits_says_until_when(client: Client, world: World) -> None:
    """Only of what is still to be sent is it told when."""
    world.owe("sns")
    [told] = client.get("/deliveries").json()["deliveries"]
    assert (told["state"], told["nextAttemptAt"]) == ("pending", "2026-01-01T00:00:00Z")


def test_looked_for_by_anything(client: Client, world: World) -> None:
    """Endpoint, state, event and subject each narrow the list, and all of them together."""
    webhook_id = created(client)["webhookId"]
    world.owe(f"webhook:{webhook_id}", subject_id="one", state=DeliveryState.DELIVERED)
    world.owe(f"webhook:{webhook_id}", "job.finished", subject_id="two")
    world.owe(f"callback:{CALLBACK}", "job.finished", subject_id="three")
    world.owe("sns", subject_id="four")
    world.owe("email", subject_id="five")
    assert set(listed(client, endpoint=webhook_id.upper())) == {"one", "two"}
    assert set(listed(client, endpoint=f"webhook:{webhook_id}")) == {"one", "two"}
    assert listed(client, endpoint=CALLBACK) == ["three"]
    assert listed(client, endpoint="sns") == ["four"]
    assert listed(client, endpoint="email") == ["five"]
    assert listed(client, state="delivered") == ["one"]
    assert set(listed(client, event="job.finished")) == {"two", "three"}
    assert listed(client, subject="five") == ["five"]
    assert listed(client, event="job.finished", endpoint=webhook_id) == ["two"]
    assert len(listed(client, event="", state="", endpoint="", subject="", before="")) == 5


def test_a_list_goes_on_where_it_ended(client: Client, world: World) -> None:
    """A page leads to the one after it, narrowed as it is itself."""
    for number in range(3):
        world.owe(f"callback:{CALLBACK}", subject_id=str(number), event_id=str(number))
        world.owe("sns")
        world.clock.advance(1)
    first = client.get("/deliveries", params={"endpoint": CALLBACK, "limit": 2}).json()
    rest = client.get(first["next"]).json()
    assert [one["subjectId"] for one in first["deliveries"]] == ["2", "1"]
    assert [one["subjectId"] for one in rest["deliveries"]] == ["0"]
    assert "next" not in rest
    assert listed(client, before="msg_unknown") == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"endpoint": "the shop"}, "the id of a webhook"),
        ({"state": "done"}, "pending, delivered, failed"),
        ({"event": "job.done"}, "job.finished"),
        ({"limit": "101"}, "100"),
    ],
)
def test_what_cannot_be_looked_for(client: Client, asked: Json, expected: str) -> None:
    """A filter that can match nothing is refused with what it takes."""
    answer = client.get("/deliveries", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    [wrong] = answer.json()["errors"]
    assert wrong["path"] == next(iter(asked))
    assert expected in wrong["expected"]


def test_once_more_from_the_first_try_on(client: Client, world: World) -> None:
    """What has failed is owed again at once, under its id, and what was tried is remembered."""
    attempts = (Try(at=world.clock.now(), seconds=1, status=500, code="endpoint_failed"),)
    owed = world.owe("sns", state=DeliveryState.FAILED, tries=10, attempts=attempts)
    world.clock.advance(3600)
    answer = client.post(f"/deliveries/{owed.delivery_id}/replay")
    told = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/deliveries/{owed.delivery_id}"
    assert (told["deliveryId"], told["state"], told["tries"]) == (owed.delivery_id, "pending", 0)
    assert told["nextAttemptAt"] == "2026-01-01T01:00:00Z"
    assert len(told["attempts"]) == 1
    assert world.pokes == 1


def test_an_unknown_delivery(client: Client) -> None:
    """A delivery that is not there is said not to be."""
    for answer in (client.get("/deliveries/msg_x"), client.post("/deliveries/msg_x/replay")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_delivery")


def test_only_a_test_is_sent_to_what_is_off(client: Client, world: World) -> None:
    """What was owed to a webhook that is off is not sent again, but a test is."""
    webhook_id = created(client)["webhookId"]
    has_failed_for_days(world, webhook_id)
    owed = world.owe(f"webhook:{webhook_id}", state=DeliveryState.FAILED)
    tested = client.post(f"/webhooks/{webhook_id}/test").json()["deliveryId"]
    answer = client.post(f"/deliveries/{owed.delivery_id}/replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_off")
    assert client.post(f"/deliveries/{tested}/replay").status_code == 202
