"""Whoever is connected is told live, and misses nothing: WebSocket, server-sent events, resume."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from calotype_core.domain.ids import make_id
from calotype_core.topology import NOTIFIER
from tests.clustered import Cluster
from tests.photographs import photograph
from tests.running import Calotype, Product

Json = dict[str, Any]
IMAGES = 24
UNKNOWN = make_id(1_700_000_000_000, 1)


@contextmanager
def socket_at(url: str, **message: object) -> Iterator[ClientConnection]:
    with connect(f"{url.replace('http', 'ws')}/ws", proxy=None, max_size=None) as opened:
        opened.send(json.dumps(message))
        yield opened


def told(opened: ClientConnection) -> Json:
    return json.loads(opened.recv(timeout=60))  # type: ignore[no-any-return]  # JSON


def until_end(opened: ClientConnection, job_id: str) -> list[Json]:
    """Return what is told until the job is finished."""
    messages = [told(opened)]
    while messages[-1].get("jobId") != job_id or "urls" not in messages[-1]:
        messages.append(told(opened))
    return messages


def positions(messages: Sequence[Json]) -> list[int]:
    """Return the places of the images that were told of as events, each once, in order."""
    return sorted({one["position"] for one in messages if "position" in one})


def done_at_first(messages: Sequence[Json]) -> int:
    """Return how many images were done when the present was told; what is told of later is more."""
    return next((one["completed"] for one in messages if "completed" in one), 0)


def begin_job(client: httpx.Client, images: int = IMAGES) -> str:
    files = [("file", (f"{n}.jpg", photograph(320, 240, seed=n))) for n in range(images)]
    return str(client.post("/upload", files=files).json()["jobId"])


def events_of(lines: Iterator[str]) -> Iterator[Json]:
    """Yield server-sent events as a browser reads them."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield {**fields, "data": json.loads(fields["data"])}
            fields = {}


@contextmanager
def stream_of(
    client: httpx.Client, job_id: str, last: str | None = None
) -> Iterator[Iterator[Json]]:
    headers = {"Last-Event-ID": last} if last else {}
    with client.stream("GET", f"/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield events_of(answer.iter_lines())


def test_a_lost_connection_is_resumed(calotype: Product, client: httpx.Client) -> None:
    """A client that is cut off again and again, and resumes each time, is told of every image."""
    job_id = begin_job(client)
    with socket_at(calotype.url, subscribe=[job_id]) as opened:
        heard = [told(opened)]
        while "eventId" not in heard[-1]:
            heard.append(told(opened))
    while "urls" not in heard[-1]:
        last = [one["eventId"] for one in heard if "eventId" in one][-1]
        with socket_at(calotype.url, subscribe=[job_id], resume=last) as opened:
            heard += [told(opened) for _ in range(2)]
    assert heard[-1]["status"] == "completed"
    assert len(positions(heard)) >= IMAGES - done_at_first(heard)
    job = client.get(f"/status/{job_id}").json()
    assert heard[-1]["urls"] == job["urls"]


def test_everything(calotype: Product, client: httpx.Client) -> None:
    """Who subscribes to all is told of single images, of a job's images and of its end."""
    with socket_at(calotype.url, subscribe="all") as opened:
        opened.send("?")
        assert told(opened)["error"]["code"] == "malformed_message"
        image_id = client.post("/upload", content=photograph(64, 64)).json()["imageId"]
        assert told(opened)["imageId"] == image_id
        job_id = begin_job(client, images=3)
        heard = until_end(opened, job_id)
    assert positions(heard) == [0, 1, 2]
    assert all("eventId" in one for one in heard)
    with socket_at(calotype.url, subscribe="all", resume=heard[0]["eventId"]) as opened:
        again = until_end(opened, job_id)
    assert {one["eventId"] for one in again} >= {one["eventId"] for one in heard[1:]}


def test_only_the_job(calotype: Product, client: httpx.Client) -> None:
    """A job may be followed without its images: how far it is, and its end."""
    job_id = begin_job(client)
    with socket_at(calotype.url, subscribe=[job_id], images=False) as opened:
        heard = until_end(opened, job_id)
    assert positions(heard) == []
    assert {one["jobId"] for one in heard} == {job_id}


def test_server_sent_events(client: httpx.Client) -> None:
    """A stream begins with the job, tells each image and its end, and then ends itself."""
    job_id = begin_job(client)
    with stream_of(client, job_id) as events:
        heard = list(events)
    assert heard[0]["event"] == "job"
    assert heard[-1]["event"] == "finished"
    assert (heard[-1]["data"]["status"], heard[-1]["data"]["jobId"]) == ("completed", job_id)
    assert heard[-1]["data"]["urls"] == client.get(f"/status/{job_id}").json()["urls"]
    done = heard[0]["data"]["completed"]
    assert len(positions([one["data"] for one in heard])) >= IMAGES - done
    last = {"Last-Event-ID": heard[-1]["id"]}
    assert client.get(f"/jobs/{job_id}/events", headers=last).status_code == 204


def test_a_stream_that_breaks(client: httpx.Client) -> None:
    """Broken after every second event and resumed, streams have told of every image together."""
    job_id = begin_job(client)
    with stream_of(client, job_id) as events:
        heard = [next(events)]
    done = heard[0]["data"]["completed"]
    while heard[-1]["event"] != "finished":
        last = next(one["id"] for one in reversed(heard) if "id" in one)
        with stream_of(client, job_id, last) as events:
            heard += [one for one, _ in zip(events, range(IMAGES // 3), strict=False)]
    assert len(positions([one["data"] for one in heard])) >= IMAGES - done


def test_the_id_may_be_in_the_address(client: httpx.Client) -> None:
    """Where a client cannot set headers, lastEventId resumes as well."""
    job_id = begin_job(client, images=2)
    with stream_of(client, job_id) as events:
        *_, end = events
    address = f"/jobs/{job_id}/events"
    assert client.get(address, params={"lastEventId": end["id"]}).status_code == 204
    again = client.get(address, params={"lastEventId": "1000-b0-1"}).text
    names = [one["event"] for one in events_of(iter(again.split("\n")))]
    assert names == ["reset", "job", "finished"]


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (f"/jobs/{UNKNOWN}/events", {}, 404, "unknown_id"),
        ("/jobs/nonsense/events", {}, 400, "malformed_id"),
        (f"/jobs/{UNKNOWN}/events", {"Last-Event-ID": "7"}, 400, "malformed_event_id"),
        (f"/jobs/{UNKNOWN}/events?lastEventId=1-b0-x", {}, 400, "malformed_event_id"),
    ],
)
def test_bad_streams(
    client: httpx.Client, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    """What cannot be followed is refused with a problem, not with a stream."""
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_other_methods(client: httpx.Client) -> None:
    """A stream is only ever got."""
    assert client.post(f"/jobs/{UNKNOWN}/events").status_code == 405


def test_a_restart_in_between(calotype: Product) -> None:
    """A stop ends streams and sockets at once; after the start they are resumed, nothing missed."""
    with calotype.client() as client:
        job_id = begin_job(client, images=60)
        with (
            socket_at(calotype.url, subscribe=[job_id]) as opened,
            stream_of(client, job_id) as events,
        ):
            heard, streamed = [told(opened)], [next(events)]
            while "eventId" not in heard[-1]:
                heard.append(told(opened))
            assert calotype.stop() == 0, calotype.log()
            heard += list(_until_closed(opened))
            streamed += list(_until_broken(events))
    calotype.start()
    last = [one["eventId"] for one in heard if "eventId" in one][-1]
    with calotype.client() as client:
        if streamed[-1]["event"] != "finished":  # as it may be: a stop finishes what was begun
            last_streamed = next(one["id"] for one in streamed[::-1] if "id" in one)
            with stream_of(client, job_id, last_streamed) as events:
                streamed += list(events)
        with socket_at(calotype.url, subscribe=[job_id], resume=last) as opened:
            heard += until_end(opened, job_id)
    assert heard[-1]["urls"] == streamed[-1]["data"]["urls"]
    assert len(positions(heard)) >= 60 - done_at_first(heard)
    images = [one["data"] for one in streamed]
    assert len(positions(images)) >= 60 - done_at_first(images)


def _until_closed(opened: ClientConnection) -> Iterator[Json]:
    try:
        while True:
            yield told(opened)
    except ConnectionClosed as closed:
        assert closed.rcvd is None or closed.rcvd.code in {1001, 1012}  # noqa: PT017 - how it ends


def _until_broken(events: Iterator[Json]) -> Iterator[Json]:
    try:
        yield from events
    except httpx.RemoteProtocolError:
        return


def test_streams_count_as_clients(started: Callable[..., Calotype]) -> None:
    """A stream takes a client's place, and gives it back when it ends."""
    calotype = started(CALOTYPE_SOCKETS_MAX="1")
    with calotype.client() as client:
        job_id = begin_job(client)
        with stream_of(client, job_id) as events:
            next(events)
            refused = client.get(f"/jobs/{job_id}/events")
            assert (refused.status_code, refused.json()["code"]) == (503, "too_many_followers")
            assert refused.json()["retry"] is True
            list(events)
        with stream_of(client, job_id) as events:
            assert [one["event"] for one in events] == ["job", "finished"]


@pytest.fixture(scope="module")
def two_notifiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("two"), replicas={NOTIFIER: 2})
    cluster.start()
    yield cluster
    assert cluster.stop() == 0, cluster.log()


@pytest.mark.cluster
def test_resumed_at_another_replica(two_notifiers: Cluster) -> None:
    """Who is cut off from one notifier goes on at the other: the same ids, and nothing missed."""
    one, other = (process.url for process in two_notifiers.processes(NOTIFIER))
    with two_notifiers.client() as client:
        job_id = begin_job(client)
    with socket_at(other, subscribe=[job_id]) as all_along:
        with socket_at(one, subscribe=[job_id]) as opened:
            heard = [told(opened)]
            while "eventId" not in heard[-1]:
                heard.append(told(opened))
        with socket_at(other, subscribe=[job_id], resume=heard[-1]["eventId"]) as resumed:
            heard += until_end(resumed, job_id)
        known = until_end(all_along, job_id)
    assert len(positions(heard)) >= IMAGES - done_at_first(heard)
    ids = [{one["eventId"] for one in each if "eventId" in one} for each in (heard, known)]
    assert len(ids[0] & ids[1]) > IMAGES - max(map(done_at_first, (heard, known)))


@pytest.mark.cluster
def test_restarts_in_turn(two_notifiers: Cluster) -> None:
    """While the notifiers are restarted one by one, streams through the gateway miss nothing."""
    with two_notifiers.client() as client:
        job_id = begin_job(client, images=60)
        with stream_of(client, job_id) as events:
            heard = [next(events)]
        for process in two_notifiers.processes(NOTIFIER):
            assert process.stop() == 0
            with stream_of(client, job_id, heard[-1]["id"]) as events:
                heard += [one for one, _ in zip(events, range(5), strict=False) if "id" in one]
            process.start()
        with stream_of(client, job_id, heard[-1]["id"]) as events:
            heard += list(events)
    assert heard[-1]["event"] == "finished"
    images = [one["data"] for one in heard]
    assert len(positions(images)) >= 60 - heard[0]["data"]["completed"]
