"""SIGKILL while a spreadsheet is worked on, wherever: each row has one outcome, and one only."""

import asyncio
import csv
import io
import random
import signal
from collections import Counter, defaultdict
from pathlib import Path

import httpx
import pytest

from calotype_core import codec
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.events import ImageFailed, ImageProcessed, JobFinished
from calotype_core.failpoints import STEPS, VARIABLE
from calotype_core.topology import NOTIFIER
from tests.faults.checker import check_replay, read_all
from tests.flow.jobs import job_of, rows_of, send_csv, until_finished
from tests.running import Calotype, ShopProcess

pytestmark = [pytest.mark.faults, pytest.mark.anyio]

ROWS = 60
URLS_A_ROW = 2
BROKEN_EVERY = 7
# Twenty random instants, and every step that a job comes past in one process.
MOMENTS = [
    *range(20),
    *(
        step
        for service, steps in STEPS.items()
        for step in steps
        if service != NOTIFIER and step not in {"query.paged", "processor.announced"}
    ),
]


def spreadsheet(shop: ShopProcess, seed: int | str) -> str:
    """Return a sheet in which some links are broken; no two runs have the same links."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["Serial Number", "Product Name", "Image URLs"])
    for row in range(ROWS):
        urls = [
            f"{shop.url}/status/404/{seed}-{row}.jpg"
            if (row * URLS_A_ROW + at) % BROKEN_EVERY == 0
            else f"{shop.url}/p/{seed}-{row}-{at}.jpg"
            for at in range(URLS_A_ROW)
        ]
        writer.writerow([row, f"Product {row}", ",".join(urls)])
    return written.getvalue()


async def work_until_killed(
    calotype: Calotype, sheet: str, moment: int | str, generator: random.Random
) -> str | None:
    """Send the sheet, retry and go on until the product dies; return the job if it was promised."""
    job_id: str | None = None

    def work() -> None:
        nonlocal job_id
        with calotype.client() as client:
            job_id = send_csv(client, sheet)
            until_finished(client, job_id)
            client.post(f"/jobs/{job_id}/retry")
            until_finished(client, job_id, generation=2)
            calotype.signal(signal.SIGKILL)  # it came past the step less often than was said

    working = asyncio.create_task(asyncio.to_thread(work))
    if isinstance(moment, int):
        await asyncio.sleep(generator.uniform(0.05, 4.0))
        calotype.signal(signal.SIGKILL)
    assert await asyncio.to_thread(calotype.ended) == -signal.SIGKILL, calotype.log()
    for result in await asyncio.gather(working, return_exceptions=True):
        assert result is None or isinstance(result, httpx.TransportError), result
    return job_id


def check_rows(client: httpx.Client, job_id: str, sheet: str) -> None:
    """Every row of the sheet is in the output once, in order, with an outcome for each image."""
    job = job_of(client, job_id)
    total = ROWS * URLS_A_ROW
    broken = sum(number % BROKEN_EVERY == 0 for number in range(total))
    assert (job["total"], job["completed"], job["failed"]) == (total, total - broken, broken), job
    assert (job["waiting"], job["running"]) == (0, 0), job
    rows = rows_of(client.get(f"/jobs/{job_id}/output.csv"))
    sent = [*csv.DictReader(io.StringIO(sheet))]
    assert [{name: row[name] for name in sent[0]} for row in rows] == sent
    for row, before in zip(rows, sent, strict=True):
        told, asked = (one.split(",") for one in (row["Output Image URLs"], before["Image URLs"]))
        for output, url in zip(told, asked, strict=True):
            assert output == url if "/404/" in url else "/image/" in output, row
    assert client.get(rows[1]["Output Image URLs"].split(",")[0]).status_code == 200


async def check_events(data_dir: Path, job_id: str) -> None:
    """One outcome an image and generation, one finish a generation; the records equal a replay."""
    async with Database.open(data_dir / "calotype.sqlite3") as database:
        records = await read_all(SqliteEventLog(database, SystemClock()))
        outcomes: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        finishes: Counter[int] = Counter()
        for event_id, event in {one.headers["ce_id"]: codec.decode(one) for one in records}.items():
            if isinstance(event, ImageProcessed | ImageFailed):
                outcomes[event.image_id, event.generation].add(event_id)
            elif isinstance(event, JobFinished):
                assert event.job_id == job_id
                finishes[event.generation] += 1
        assert {len(ids) for ids in outcomes.values()} == {1}
        assert set(finishes.values()) == {1}
        await check_replay(records, database)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kill_in_a_job(moment: int | str, tmp_path: Path, shop: ShopProcess) -> None:
    """A job that was promised ends, killed or not: every row once, each image with one outcome."""
    generator = random.Random(moment)
    settings = {"CALOTYPE_JOB_WINDOW": "16", "CALOTYPE_FACTS": "none"}
    calotype = Calotype(tmp_path / "data", {**shop.allowed, **settings})
    if isinstance(moment, str):
        calotype.environ[VARIABLE] = f"{moment}:{generator.randint(1, 5)}"
    calotype.start()
    sheet = spreadsheet(shop, f"{generator.random()}")
    job_id = await work_until_killed(calotype, sheet, moment, generator)
    calotype.environ.pop(VARIABLE, None)
    calotype.start()
    with calotype.client() as client:
        known = [one["jobId"] for one in client.get("/jobs").json()["jobs"]]
        job_id = job_id or next(iter(known), None)  # accepted, and not answered
        if job_id is not None:
            generation = job_of(client, job_id)["generation"]
            until_finished(client, job_id, generation=generation)
            check_rows(client, job_id, sheet)
    assert calotype.stop() == 0, calotype.log()
    assert not [*(tmp_path / "data").glob("scratch/*")]
    if job_id is not None:
        await check_events(tmp_path / "data", job_id)
