"""SIGKILL while others are being told, wherever: each event reaches each endpoint, under one id."""

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from calotype_core.failpoints import STEPS, VARIABLE
from calotype_core.topology import NOTIFIER
from tests.photographs import photograph
from tests.receiver import Received
from tests.running import Calotype, ReceiverProcess

pytestmark = [pytest.mark.faults, pytest.mark.anyio]

SECRET = "whsec_" + "QUJD" * 10
PHOTOS = [photograph(120, 90, seed=seed) for seed in range(5)]
UPLOADS = 30
PATIENCE_SECONDS = 60
MOMENTS = [*range(20), *STEPS[NOTIFIER]]
# How the receiver deals with callbacks: it takes most, fails some first, and is slow now and then.
MANNERS = ["ok", "ok", "failing/1", "slow/0.2"]


@dataclass
class Told:
    """The callbacks that were promised to be called, by their paths, and a webhook's secret."""

    paths: dict[str, str] = field(default_factory=dict)  # the image or job
    hook_secret: str = ""


async def upload(client: httpx.AsyncClient, receiver: str, number: int, told: Told) -> None:
    """Send one image, or every fifth time a job of two, each with a callback of its own."""
    path = f"/{MANNERS[number % len(MANNERS)]}/{number}"
    count = 2 if number % 5 == 0 else 1
    files = [("file", (f"{n}.jpg", PHOTOS[(number + n) % len(PHOTOS)])) for n in range(count)]
    answer = await client.post(
        "/upload", files=files, data={"callbackUrl": receiver + path}, headers={"Prefer": "wait=30"}
    )
    if answer.status_code in {200, 202}:
        body = answer.json()
        told.paths[path] = body.get("jobId") or body["imageId"]


async def tell_until_killed(
    calotype: Calotype, receiver: ReceiverProcess, moment: int | str, generator: random.Random
) -> Told:
    """Upload with callbacks, beside a webhook, until the product dies in the midst of it."""
    told = Told()
    async with httpx.AsyncClient(base_url=calotype.url, timeout=60, trust_env=False) as client:
        hook = await client.post(
            "/webhooks",
            json={"url": f"{receiver.url}/ok/hook", "eventTypes": ["image.completed"]},
        )
        told.hook_secret = hook.json()["secret"]
        sending = [
            asyncio.create_task(upload(client, receiver.url, number, told))
            for number in range(UPLOADS)
        ]
        if isinstance(moment, int):
            await asyncio.sleep(generator.uniform(0.2, 2.5))
            calotype.signal(signal.SIGKILL)
        assert await asyncio.to_thread(calotype.ended) == -signal.SIGKILL, calotype.log()
        for result in await asyncio.gather(*sending, return_exceptions=True):
            assert result is None or isinstance(result, httpx.TransportError), result
    return told


async def all_delivered(calotype: Calotype, told: Told) -> Sequence[Mapping[str, Any]]:
    """Wait until whatever was promised has its delivery, and none is pending; return them all."""
    async with httpx.AsyncClient(base_url=calotype.url, timeout=60, trust_env=False) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await every_delivery(client)
                known = {one["subjectId"] for one in found}
                pending = [one for one in found if one["state"] == "pending"]
                if known.issuperset(told.paths.values()) and not pending:
                    return found
                await asyncio.sleep(0.1)


async def every_delivery(client: httpx.AsyncClient) -> Sequence[Mapping[str, Any]]:
    """Return all of them, page by page."""
    found, page = [], "/deliveries"
    while page:
        body = (await client.get(page)).json()
        found += body["deliveries"]
        page = body.get("next")
    return found


def check_requests(
    came: Sequence[Received], found: Sequence[Mapping[str, Any]], receiver: str, told: Told
) -> None:
    """Each promise was kept, under one id, with proof; the record tells no more than is true."""
    requests: defaultdict[str, list[Received]] = defaultdict(list)
    subjects: dict[str, tuple[str, str]] = {}
    for one in came:
        secret = told.hook_secret if one.path == "/ok/hook" else SECRET
        body = Webhook(secret).verify(one.body.encode(), one.headers)
        subject = body["data"].get("jobId") or body["data"]["imageId"]
        assert subjects.setdefault(one.message_id, (one.path, subject)) == (one.path, subject)
        requests[one.message_id].append(one)
    assert len(set(subjects.values())) == len(subjects), "an event came to one endpoint by two ids"
    assert set(told.paths.items()) <= set(subjects.values())
    for delivery in found:
        assert delivery["state"] == "delivered", delivery
        tries = requests[delivery["deliveryId"]]
        assert f"{receiver}{tries[0].path}" == delivery["to"]
        # A try that was killed is repeated, and not on record; none is on record that was not made.
        assert len(delivery["attempts"]) <= len(tries)
        assert [tried["status"] for tried in delivery["attempts"]][-1] == 200


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kill_while_telling(
    moment: int | str, tmp_path: Path, receiver: ReceiverProcess
) -> None:
    """Whatever was promised to be told is told, killed or not; a repeat shows that it is one."""
    generator = random.Random(moment)
    receiver.forget()
    environ = {
        **receiver.allowed,
        "CALOTYPE_WEBHOOK_SECRET": SECRET,
        "CALOTYPE_WEBHOOK_SECONDS": "1",
        "CALOTYPE_WEBHOOK_RETRIES": "0.2,0.5,1,1,2,2,2",
    }
    calotype = Calotype(tmp_path / "data", environ)
    if isinstance(moment, str):
        calotype.environ[VARIABLE] = f"{moment}:{generator.randint(1, 12)}"
    calotype.start()
    told = await tell_until_killed(calotype, receiver, moment, generator)
    calotype.environ.pop(VARIABLE, None)
    calotype.start()
    found = await all_delivered(calotype, told)
    check_requests(receiver.received(), found, receiver.url, told)
    assert calotype.stop() == 0, calotype.log()
