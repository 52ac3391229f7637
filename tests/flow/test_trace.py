"""An image's whole way is one trace, and every log line about it says which."""

import json
from collections.abc import Callable

import pytest

from calotype_core import topology
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.adapters.system.clock import SystemClock
from tests.photographs import photograph
from tests.running import Calotype

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.anyio
async def test_one_trace_from_the_request_to_the_outcome(started: Callable[..., Calotype]) -> None:
    """The client's trace id is in the headers of every event that its upload led to."""
    calotype = started()
    with calotype.client() as client:
        sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "Prefer": "wait=30"}
        answer = client.post("/upload", content=photograph(64, 64), headers=sent)
        assert answer.status_code == 200
    assert calotype.stop() == 0
    async with Database.open(calotype.data_dir / "calotype.sqlite3") as database:
        log = SqliteEventLog(database, SystemClock())
        topics = [topology.IMAGES_ACCEPTED, topology.IMAGES_FINISHED]
        async with log.subscribe("test", topics) as subscription:
            accepted, processed = await subscription.poll(10, 0)
    assert accepted.headers["ce_type"] == "calotype.ImageAccepted.v1"
    assert processed.headers["ce_type"] == "calotype.ImageProcessed.v1"
    spans = [one.headers["traceparent"].split("-") for one in (accepted, processed)]
    assert [trace for _, trace, _, _ in spans] == [TRACE, TRACE]
    assert spans[0][2] != spans[1][2], "each step has a span of its own"


def test_logs_carry_the_ids_and_no_place(started: Callable[..., Calotype]) -> None:
    """A log line about an image names it and its trace; nothing says where it was taken."""
    calotype = started(CALOTYPE_ATTEMPT_SECONDS="0.1", CALOTYPE_LOG_LEVEL="debug")
    with calotype.client() as client:
        sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "Prefer": "wait=60"}
        slow = '{"renditions":{"a":{"format":"avif","resize":{"width":6000,"enlarge":true}}}}'
        answer = client.post(
            "/upload", content=photograph(900, 700), headers=sent, params={"instructions": slow}
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "engine_timed_out")
    lines = [json.loads(line) for line in calotype.log().splitlines()]
    [given_up] = [line for line in lines if line["event"] == "event given up"]
    assert given_up["image_id"] == answer.json()["imageId"]
    assert given_up["trace_id"] == TRACE
    assert "13.0, 24.0" not in calotype.log()
