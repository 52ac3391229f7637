"""Webhooks as a client meets them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from calotype_core.domain.ids import make_id
from calotype_core.ports.deliveries import DeliveryState, Sought
from calotype_core.ports.webhooks import Webhook, WebhookState
from calotype_notifier import catalogue, webhook_desk
from tests.unit.notifier.desks import HOOK, Client, Json, World, created, done

NOBODY = make_id(1, 1)
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with world.opened() as client:
        yield client


def has_failed_for_days(world: World, webhook_id: str) -> None:
    """Switch the webhook off, as whoever sends does."""

    def off(webhook: Webhook) -> Webhook:
        return replace(webhook, state=WebhookState.OFF, off_reason="failing for 5 days")

    done(world.webhooks.update(webhook_id, off))
    world.failed(webhook_id, 9, world.clock.now() - timedelta(days=5))


def test_a_new_webhook_tells_its_secret_once(client: Client, world: World) -> None:
    """Its making answers with its secret, and nothing that is asked later does."""
    answer = client.post("/webhooks", json={"url": HOOK, "description": "the shop"})
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/webhooks/{told['webhookId']}"
    assert answer.headers["cache-control"] == "no-store"
    assert told.pop("secret") == world.webhook(told["webhookId"]).secret
    assert told == {
        "webhookId": told["webhookId"],
        "url": HOOK,
        "eventTypes": list(catalogue.BY_DEFAULT),
        "description": "the shop",
        "state": "active",
        "offReason": None,
        "createdAt": "2026-01-01T00:00:00Z",
        "health": {"failures": 0, "failingSince": None},
    }
    assert client.get(answer.headers["location"]).json() == told
    assert client.get("/webhooks").json() == {"webhooks": [told]}


def test_a_secret_of_ones_own(client: Client) -> None:
    """Who brings a secret keeps it; who brings none gets one that nobody has."""
    own = "whsec_" + "AAAA" * 8
    assert created(client, secret=own)["secret"] == own
    assert created(client)["secret"] != created(client)["secret"]


def test_event_types_are_kept_once_each(client: Client) -> None:
    """A webhook is told of what it asked for, whatever the order, and of each once."""
    asked = ["webhook.off", "job.finished", "webhook.off"]
    assert created(client, eventTypes=asked)["eventTypes"] == ["job.finished", "webhook.off"]


def test_everything_wrong_is_told_at_once(client: Client) -> None:
    """Each bad field is named with what was expected; of a secret nothing is repeated."""
    bad: Json = {
        "url": "https://10.0.0.1/hook",
        "eventTypes": ["job.done", "webhook.test", ["job.finished"]],
        "description": 7,
        "secret": "whsec_dontshowme",
        "eventType": ["job.finished"],
    }
    answer = client.post("/webhooks", json=bad)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "invalid_webhook")
    assert [one["path"] for one in told["errors"]] == [
        "eventType",
        "url",
        "eventTypes[0]",
        "eventTypes[1]",
        "eventTypes[2]",
        "description",
        "secret",
    ]
    assert told["errors"][0]["expected"] == "'eventTypes'?"
    assert "job.finished" in told["errors"][2]["expected"]
    assert "dontshowme" not in answer.text
    assert client.get("/webhooks").json() == {"webhooks": []}


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (b"", 400, "malformed_json", "JSON"),
        (b"{", 400, "malformed_json", "JSON"),
        (b"[" * 9000, 400, "malformed_json", "JSON"),
        (b'"\xff"', 400, "malformed_json", "JSON"),
        (b"[]", 422, "invalid_webhook", "an object"),
        (b"{}", 422, "invalid_webhook", "url: expected an https URL"),
        (b'{"url":null}', 422, "invalid_webhook", "got nothing"),
        (b'{"url":5}', 422, "invalid_webhook", "got 5"),
        (b'{"url":"http://hooks.example/"}', 422, "invalid_webhook", "ALLOW_HTTP"),
        (
            b'{"url":"https://hooks.example/","eventTypes":[]}',
            422,
            "invalid_webhook",
            "one or more",
        ),
        (b'{"url":"https://hooks.example/","secret":1}', 422, "invalid_webhook", "no text"),
        (b'{"url":"https://hooks.example/","state":"off"}', 422, "invalid_webhook", "state"),
        (b'{"%s":1}' % (b"x" * 9000), 422, "invalid_webhook", "one of url"),
    ],
)
def test_bad_bodies(client: Client, body: bytes, status: int, code: str, said: str) -> None:
    """What is no webhook is refused in words."""
    answer = client.post("/webhooks", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("said", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_what_does_not_say_that_it_is_json(client: Client, said: str | None) -> None:
    """What a stranger's page can have a browser send unasked makes, and rotates, nothing."""
    hook = created(client)
    headers = {"Content-Type": said} if said else {}
    for path in ("/webhooks", f"/webhooks/{hook['webhookId']}/rotate"):
        answer = client.post(path, content=b'{"url":"https://evil.example/"}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "not_json"), answer.text
    assert len(client.get("/webhooks").json()["webhooks"]) == 1


def test_no_more_than_there_may_be(client: Client) -> None:
    """Past the limit the answer says so; once one is deleted there is room."""
    made = [created(client) for _ in range(3)]
    answer = client.post("/webhooks", json={"url": HOOK})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_webhooks")
    assert client.delete(f"/webhooks/{made[0]['webhookId']}").status_code == 204
    created(client)


def test_a_list_goes_on_where_it_ended(client: Client) -> None:
    """Pages are newest first, and each leads to the one after it."""
    made = [created(client)["webhookId"] for _ in range(3)]
    first = client.get("/webhooks?limit=2").json()
    rest = client.get(first["next"]).json()
    listed = [one["webhookId"] for one in first["webhooks"] + rest["webhooks"]]
    assert listed == made[::-1]
    assert "next" not in rest
    assert client.get("/webhooks?before=yesterday").json()["code"] == "malformed_request"
    assert client.get("/webhooks?limit=0").json()["code"] == "malformed_request"


@pytest.mark.parametrize("webhook_id", [NOBODY, "none"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"state": "paused"}),
        ("DELETE", "", None),
        ("POST", "/rotate", None),
        ("POST", "/test", None),
        ("POST", "/replay", {"since": "2026-01-01T00:00:00Z"}),
    ],
)
def test_an_unknown_webhook(
    client: Client, webhook_id: str, method: str, path: str, body: Json | None
) -> None:
    """Whatever is asked of a webhook that is not there, it is said that it is not."""
    answer = client.request(method, f"/webhooks/{webhook_id}{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_webhook")


def test_only_what_is_named_is_changed(client: Client) -> None:
    """A change leaves alone what it says nothing of, and tells what the webhook is now."""
    made = created(client, description="the shop")
    where = f"/webhooks/{made.pop('webhookId')}"
    told = client.patch(where, json={"eventTypes": ["job.finished"], "description": None}).json()
    assert (told["eventTypes"], told["description"]) == (["job.finished"], "the shop")
    told = client.patch(where, json={"url": f"{HOOK}/2", "description": ""}).json()
    assert (told["url"], told["description"], told["state"]) == (f"{HOOK}/2", "", "active")
    assert client.get(where).json() == told
    assert client.patch(where, json={"secret": "x"}).json()["errors"][0]["path"] == "secret"


def test_a_pause_ends_with_what_has_waited(client: Client, world: World) -> None:
    """What was owed meanwhile is due as soon as the webhook is active again."""
    where = f"/webhooks/{created(client)['webhookId']}"
    assert client.patch(where, json={"state": "paused"}).json()["state"] == "paused"
    assert world.pokes == 0
    assert client.patch(where, json={"state": "active"}).json()["state"] == "active"
    assert world.pokes == 1


def test_switched_on_again(client: Client, world: World) -> None:
    """What we switched off says why; its owner switches it on, and its failures are forgotten."""
    webhook_id = created(client)["webhookId"]
    has_failed_for_days(world, webhook_id)
    told = client.get(f"/webhooks/{webhook_id}").json()
    assert (told["state"], told["offReason"]) == ("off", "failing for 5 days")
    assert told["health"] == {"failures": 9, "failingSince": "2025-12-27T00:00:00Z"}
    told = client.patch(f"/webhooks/{webhook_id}", json={"state": "active"}).json()
    assert (told["state"], told["offReason"]) == ("active", None)
    assert told["health"] == {"failures": 0, "failingSince": None}
    assert world.pokes == 1


def test_after_a_rotation_both_secrets_sign(client: Client, world: World) -> None:
    """The new secret is shown once, and for a day the previous one signs, too."""
    made = created(client)
    answer = client.post(f"/webhooks/{made['webhookId']}/rotate")
    told = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert told["previousUntil"] == "2026-01-02T00:00:00Z"
    webhook = world.webhook(made["webhookId"])
    assert webhook.secrets(world.clock.now()) == (told["secret"], made["secret"])
    assert webhook.secrets(world.clock.now() + timedelta(days=1)) == (told["secret"],)


def test_a_rotation_asked_twice_is_one(client: Client, world: World) -> None:
    """Who asks again for the same secret, since the answer was lost, still has the previous one."""
    made, own = created(client), "whsec_" + "AAAA" * 8
    where = f"/webhooks/{made['webhookId']}/rotate"
    assert client.post(where, json={"secret": own}).json()["secret"] == own
    world.clock.advance(60)
    told = client.post(where, json={"secret": own}).json()
    assert told["previousUntil"] == "2026-01-02T00:00:00Z"
    assert world.webhook(made["webhookId"]).secrets(world.clock.now()) == (own, made["secret"])
    assert client.post(where, json={"secret": "whsec_!"}).json()["code"] == "invalid_webhook"


def test_a_rotation_too_many_breaks_no_receiver(client: Client, world: World) -> None:
    """Rotated twice, since an answer was lost, it is signed by each secret for its whole day."""
    made = created(client)
    where = f"/webhooks/{made['webhookId']}/rotate"
    lost = client.post(where).json()
    world.clock.advance(3600)
    told = client.post(where).json()
    webhook = world.webhook(made["webhookId"])
    now = world.clock.now()
    assert webhook.secrets(now) == (told["secret"], lost["secret"], made["secret"])
    assert webhook.secrets(now + timedelta(hours=23)) == (told["secret"], lost["secret"])
    assert webhook.secrets(now + timedelta(hours=24)) == (told["secret"],)
    for _ in range(9):
        client.post(where)
    assert len(world.webhook(made["webhookId"]).secrets(now)) == 4


def test_a_test_waits_for_no_backlog(client: Client, world: World) -> None:
    """A test goes out before whatever waits for the webhook, which may be very much."""
    made = created(client)
    line = f"webhook:{made['webhookId']}"
    for number in range(3):
        world.clock.advance(1)
        world.owe(line, event_id=str(number))
    told = client.post(f"/webhooks/{made['webhookId']}/test").json()
    first, *_ = done(world.deliveries.due(line, world.clock.now(), 9))
    assert first.delivery_id == told["deliveryId"]


def test_each_test_is_a_delivery_of_its_own(client: Client, world: World) -> None:
    """A test is owed at once, and so is the next one; each says which webhook it is of."""
    made = created(client, eventTypes=["job.finished"])
    answers = [client.post(f"/webhooks/{made['webhookId']}/test") for _ in range(2)]
    assert {one.status_code for one in answers} == {202}
    first, second = (one.json()["deliveryId"] for one in answers)
    assert first != second
    told = client.get(answers[0].headers["location"]).json()
    assert (told["event"], told["to"], told["state"]) == ("webhook.test", HOOK, "pending")
    assert told["body"] == {
        "type": "webhook.test",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {"status": "active", "webhookId": made["webhookId"], "url": HOOK},
    }
    assert world.pokes == 2


def test_a_test_of_what_is_paused_or_off(client: Client, world: World) -> None:
    """Nothing is sent to what is paused; what is off is tested, to see that it is well again."""
    paused, off = created(client)["webhookId"], created(client)["webhookId"]
    client.patch(f"/webhooks/{paused}", json={"state": "paused"})
    has_failed_for_days(world, off)
    answer = client.post(f"/webhooks/{paused}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_paused")
    assert client.post(f"/webhooks/{off}/test").status_code == 202


def test_everything_since(client: Client, world: World) -> None:
    """What has ended and is no older is owed again; what still waits is left as it is."""
    webhook_id = created(client)["webhookId"]
    line = f"webhook:{webhook_id}"
    ended: Json = {"state": DeliveryState.DELIVERED, "tries": 1}
    world.owe(line, **ended)
    world.clock.advance(60)
    world.owe(line, **ended)
    world.clock.advance(60)
    world.owe(line)
    since = {"since": "2026-01-01T02:01:00+02:00"}
    answer = client.post(f"/webhooks/{webhook_id}/replay", json=since)
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    assert world.pokes == 1
    pending = Sought(endpoint=line, state=DeliveryState.PENDING)
    assert len(done(world.deliveries.newest(pending, limit=9))) == 2


def test_everything_since_in_parts(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more has ended than is sent again at once, the answer says since when to go on."""
    monkeypatch.setattr(webhook_desk, "REPLAYED_AT_ONCE", 2)
    webhook_id = created(client)["webhookId"]
    for _ in range(3):
        world.owe(f"webhook:{webhook_id}", state=DeliveryState.DELIVERED, tries=1)
        world.clock.advance(60)
    path, since = f"/webhooks/{webhook_id}/replay", "2026-01-01T00:00:00Z"
    first = client.post(path, json={"since": since}).json()
    assert first == {"replayed": 2, "next": "2026-01-01T00:01:00Z"}
    assert client.post(path, json={"since": first["next"]}).json() == {"replayed": 1}


@pytest.mark.parametrize(
    "body",
    [{}, [], {"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}, {"since": 5}, {"from": 1}],
)
def test_since_when_is_not_clear(client: Client, body: object) -> None:
    """A time that is missing, has no offset, or is none, is asked for with an example."""
    webhook_id = created(client)["webhookId"]
    answer = client.post(f"/webhooks/{webhook_id}/replay", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_replay")


def test_what_is_off_is_not_replayed_to(client: Client, world: World) -> None:
    """A replay to what is off would wait for ever: it is said to switch it on first."""
    webhook_id = created(client)["webhookId"]
    has_failed_for_days(world, webhook_id)
    since = {"since": "2026-01-01T00:00:00Z"}
    answer = client.post(f"/webhooks/{webhook_id}/replay", json=since)
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_off")


def test_what_is_deleted_leaves_nothing(client: Client, world: World) -> None:
    """With a webhook goes all that was owed to it; asked again, what is left goes, too."""
    webhook_id = created(client)["webhookId"]
    client.post(f"/webhooks/{webhook_id}/test")
    answer = client.delete(f"/webhooks/{webhook_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/deliveries").json() == {"deliveries": []}
    world.owe(f"webhook:{webhook_id}")
    assert client.delete(f"/webhooks/{webhook_id}").status_code == 404
    assert client.get("/deliveries").json() == {"deliveries": []}
