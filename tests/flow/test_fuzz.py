"""Thousands of damaged files through the whole door: each comes to an end, and nothing else does.

`make fuzz` sends more, of another seed each time: CALOTYPE_FUZZ_FILES, CALOTYPE_FUZZ_SEED.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.flow.clumsy import settled
from tests.flow.fuzz import damaged, sound
from tests.flow.hostile import ITS_OWN_FAULT, outcome
from tests.photographs import photograph
from tests.running import Calotype

FILES = int(os.environ.get("CALOTYPE_FUZZ_FILES", "2000"))
SEED = int(os.environ.get("CALOTYPE_FUZZ_SEED", "2026"))
AT_ONCE = 12
MIB = 1024 * 1024
PEAK_BYTES = 256 * MIB
# What begins as a ZIP is one, whatever else it is.
OF_ZIPS = {"zip_bomb", "zip_without_images"}
# A child that was replaced would take its peak with it.
SETTINGS = {
    "CALOTYPE_CHILD_RECYCLE_AFTER": "10000000",
    "CALOTYPE_FACTS": "exif,place,phash,blurhash,thumbhash,colours",
    "CALOTYPE_SVG": "true",
}


@pytest.fixture
def calotype(tmp_path: Path) -> Iterator[Calotype]:
    """Yield a product whose children live as long as it does."""
    running = Calotype(tmp_path / "data", SETTINGS)
    running.start()
    yield running
    assert running.stop() == 0, running.log()


def children_of(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def renders_over_a_second(metrics: str) -> int:
    samples = [
        sample
        for family in text_string_to_metric_families(metrics)
        if family.name == "calotype_render_seconds"
        for sample in family.samples
    ]
    every = sum(one.value for one in samples if one.name.endswith("_count"))
    return int(every - sum(one.value for one in samples if one.labels.get("le") == "1.0"))


async def send_all(url: str) -> Counter[str]:
    """Send every file, and return how often each end came; a few are on their way at a time."""
    codes: Counter[str] = Counter()
    left = damaged(SEED, FILES)
    async with httpx.AsyncClient(base_url=url, timeout=300, trust_env=False) as client:

        async def send() -> None:
            for name, data in left:
                answer = await client.post(
                    "/upload",
                    params={"filename": "a.png"},
                    content=data,
                    headers={"Prefer": "wait=60"},
                )
                codes[await asyncio.to_thread(ended, url, name, answer)] += 1

        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return codes


def ended(url: str, name: str, answer: httpx.Response) -> str:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        told = answer.json()
        if "jobId" in told:
            return str(settled(client, told["jobId"])["status"])
        return told["code"] if told.get("code") in OF_ZIPS else outcome(client, name, answer)


def test_sound_files_are_read(calotype: Calotype) -> None:
    """What the damage is done to is sound: each file is completed."""
    with calotype.client() as client:
        for name, data in sound().items():
            assert outcome(client, name, client.post("/upload", content=data)) == "completed", name


def test_damaged_files(calotype: Calotype) -> None:
    """Each ends as an image or under a clear code; no child dies or grows beyond its bounds."""
    assert calotype.process is not None
    pid = calotype.process.pid
    children = children_of(pid)
    codes = asyncio.run(send_all(calotype.url))
    peak = max(map(peak_bytes, children_of(pid)))
    slow = renders_over_a_second(calotype.metrics())
    print(  # noqa: T201 - the figures
        f"seed {SEED}: {dict(codes.most_common())}, peak {peak / MIB:.0f} MiB, {slow} over a second"
    )
    assert codes.total() == FILES
    assert set(codes) <= ITS_OWN_FAULT | OF_ZIPS | {"completed", "failed", "empty_file"}
    assert children_of(pid) == children
    assert peak < PEAK_BYTES
    assert "an error of ours" not in calotype.log()
    with calotype.client() as client:
        assert client.post("/upload", content=photograph(640, 480)).status_code == 200
