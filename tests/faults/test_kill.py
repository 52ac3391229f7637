"""SIGKILL at a random instant, a hundred uploads in flight: nothing that was answered is lost."""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from tests.faults.checker import check_on_disk, check_over_http
from tests.faults.promised import Promised
from tests.photographs import photograph
from tests.running import Calotype

pytestmark = [pytest.mark.faults, pytest.mark.anyio]

PHOTOS = [photograph(400, 300, seed=seed) for seed in range(10)]
IN_FLIGHT = 100
PATIENCE_SECONDS = 60


async def upload(client: httpx.AsyncClient, number: int, promised: Promised) -> None:
    """Send one image, or every tenth time a job of five; note what was answered."""
    many = number % 10 == 0
    files = [("file", (f"{n}.jpg", PHOTOS[(number + n) % 10])) for n in range(5 if many else 1)]
    prefer = "respond-async" if number % 2 else "wait=30"
    answer = await client.post("/upload", files=files, headers={"Prefer": prefer})
    promised.note(answer, [content for _, (_, content) in files])


async def upload_until_killed(calotype: Calotype, generator: random.Random) -> Promised:
    """Keep a hundred uploads in flight and kill the product at a random instant among them."""
    promised = Promised()
    limits = httpx.Limits(max_connections=IN_FLIGHT)
    async with httpx.AsyncClient(
        base_url=calotype.url, timeout=60, limits=limits, trust_env=False
    ) as client:
        sending = [
            asyncio.create_task(upload(client, number, promised)) for number in range(IN_FLIGHT)
        ]
        await asyncio.sleep(generator.uniform(0.05, 2.0))
        await asyncio.to_thread(calotype.kill)
        for result in await asyncio.gather(*sending, return_exceptions=True):
            assert result is None or isinstance(result, httpx.TransportError), (
                result,
                calotype.log()[-4000:],
            )
    return promised


async def settle(calotype: Calotype, promised: Promised) -> None:
    """Wait until all that was promised has ended."""
    async with httpx.AsyncClient(base_url=calotype.url, timeout=60, trust_env=False) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for subject_id in [*promised.images, *promised.jobs]:
                await ended(client, subject_id)


async def ended(client: httpx.AsyncClient, subject_id: str) -> None:
    while (await client.get(f"/status/{subject_id}")).json()["status"] == "processing":  # noqa: ASYNC110
        await asyncio.sleep(0.05)  # polling is what a client of /status does


@pytest.mark.parametrize("seed", range(20))
async def test_kill_at_any_instant(seed: int, tmp_path: Path) -> None:
    """Every answered image ends once, readable and whole; jobs count; nothing is left over."""
    calotype = Calotype(data_dir=tmp_path / "data")
    calotype.start()
    promised = await upload_until_killed(calotype, random.Random(seed))
    calotype.start()
    await settle(calotype, promised)
    with calotype.client() as client:
        check_over_http(client, promised)
    assert calotype.stop() == 0, calotype.log()
    await check_on_disk(calotype.data_dir, promised)
