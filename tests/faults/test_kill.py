"""SIGKILL with a hundred uploads in flight, wherever: nothing that was answered is lost."""

import asyncio
import random
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from calotype_core.failpoints import STEPS, VARIABLE
from calotype_core.topology import NOTIFIER
from tests.faults.checker import check_on_disk, check_over_http
from tests.faults.promised import ASKED_LATER, Promised
from tests.photographs import photograph
from tests.running import Calotype

pytestmark = [pytest.mark.faults, pytest.mark.anyio]

PHOTOS = [photograph(400, 300, seed=seed) for seed in range(10)]
IN_FLIGHT = 100
PATIENCE_SECONDS = 60
# Twenty random instants, and every step that one process comes past (the pages are MongoDB's; what
# is told to others, test_kill_notifier.py kills).
MOMENTS = [
    *range(20),
    *(
        step
        for service, steps in STEPS.items()
        for step in steps
        if service != NOTIFIER and step != "query.paged"
    ),
]


async def upload(client: httpx.AsyncClient, number: int, promised: Promised) -> None:
    """Send an image, or every tenth time a job of five; ask for more of what is done; note it."""
    many = number % 10 == 0
    files = [("file", (f"{n}.jpg", PHOTOS[(number + n) % 10])) for n in range(5 if many else 1)]
    prefer = "respond-async" if number % 2 else "wait=30"
    answer = await client.post("/upload", files=files, headers={"Prefer": prefer})
    promised.note(answer, [content for _, (_, content) in files])
    if answer.status_code == 200 and number % 4 == 0:
        await ask_for_more(client, answer.json()["imageId"], promised)


async def ask_for_more(client: httpx.AsyncClient, image_id: str, promised: Promised) -> None:
    promised.more.add(image_id)  # whatever is answered: whoever is not told asks again
    asked = {"imageId": image_id, "instructions": ASKED_LATER}
    answer = await client.post("/process", json=asked, headers={"Prefer": "wait=30"})
    promised.note_more(answer, image_id)


async def upload_until_killed(
    calotype: Calotype, moment: int | str, generator: random.Random
) -> Promised:
    """Keep a hundred uploads in flight until the product is killed among them."""
    promised = Promised()
    limits = httpx.Limits(max_connections=IN_FLIGHT)
    async with httpx.AsyncClient(
        base_url=calotype.url, timeout=60, limits=limits, trust_env=False
    ) as client:
        sending = [
            asyncio.create_task(upload(client, number, promised)) for number in range(IN_FLIGHT)
        ]
        if isinstance(moment, int):
            await asyncio.sleep(generator.uniform(0.05, 2.0))
            calotype.signal(signal.SIGKILL)
        assert await asyncio.to_thread(calotype.ended) == -signal.SIGKILL, calotype.log()
        for result in await asyncio.gather(*sending, return_exceptions=True):
            assert result is None or isinstance(result, httpx.TransportError), (
                result,
                calotype.log()[-4000:],
            )
    return promised


async def settle(calotype: Calotype, promised: Promised) -> None:
    """Wait until all that was promised has ended, and all that was accepted and not answered."""
    async with httpx.AsyncClient(base_url=calotype.url, timeout=60, trust_env=False) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for subject_id in [*promised.images, *promised.jobs]:
                await ended(client, subject_id)
            while any(one["status"] == "processing" for one in await newest(client)):  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.05)
            await asyncio.gather(*(ask_for_more(client, one, promised) for one in promised.more))


async def newest(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    images: list[dict[str, Any]] = (await client.get("/images?limit=1000")).json()["images"]
    return images


async def ended(client: httpx.AsyncClient, subject_id: str) -> None:
    while (await client.get(f"/status/{subject_id}")).json()["status"] == "processing":  # noqa: ASYNC110
        await asyncio.sleep(0.05)  # polling is what a client of /status does


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kill_at_any_instant(moment: int | str, tmp_path: Path) -> None:
    """Every answered image ends once, readable and whole; jobs count; nothing is left over."""
    generator = random.Random(moment)
    calotype = Calotype(tmp_path / "data", {"CALOTYPE_FACTS": "none"})
    if isinstance(moment, str):
        calotype.environ[VARIABLE] = f"{moment}:{generator.randint(1, 5)}"
    calotype.start()
    promised = await upload_until_killed(calotype, moment, generator)
    calotype.environ.pop(VARIABLE, None)
    calotype.start()
    await settle(calotype, promised)
    with calotype.client() as client:
        check_over_http(client, promised)
    assert calotype.stop() == 0, calotype.log()
    await check_on_disk(calotype.data_dir, promised)
