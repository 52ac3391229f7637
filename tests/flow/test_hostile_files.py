"""A hundred and fifty files that nobody should send, all at once, through the door."""

import asyncio
from collections import Counter

import httpx
import pytest

from tests.flow.clumsy import settled
from tests.flow.hostile import ITS_OWN_FAULT, files, outcome
from tests.photographs import photograph
from tests.running import Product

SEED = 20_26


async def send_all(url: str, sent: list[tuple[str, bytes]]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=len(sent))
    async with httpx.AsyncClient(
        base_url=url, timeout=120, trust_env=False, limits=limits
    ) as client:
        asked = (
            client.post(
                "/upload",
                params={"filename": name},
                content=data,
                headers={"Prefer": "wait=60" if number % 2 else "respond-async"},
            )
            for number, (name, data) in enumerate(sent)
        )
        return list(await asyncio.gather(*asked))


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "as a job"])
def test_hostile_files(calotype: Product, client: httpx.Client, *, together: bool) -> None:
    """Each comes to an end under a clear code, and the process goes on with the next good image."""
    sent, pids = files(SEED + together), calotype.pids()
    if together:
        parts = [("file", one) for one in sent]
        job_id = client.post("/upload", files=parts).json()["jobId"]
        settled(client, job_id)
        items = client.get(f"/status/{job_id}").json()["items"]
        codes = Counter(one.get("failureCode") or one["status"] for one in items)
        assert set(codes) <= ITS_OWN_FAULT | {"completed", "empty_file"}
    else:
        answers = asyncio.run(send_all(calotype.url, sent))
        pairs = zip(sent, answers, strict=True)
        codes = Counter(outcome(client, name, answer) for (name, _), answer in pairs)
    print(dict(codes))  # noqa: T201 - what came of them
    assert codes.total() == len(sent) >= 140
    assert codes["completed"] > 10
    assert calotype.pids() == pids
    assert "an error of ours" not in calotype.log()
    assert client.post("/upload", content=photograph(640, 480)).status_code == 200


def test_the_same_files_come_again() -> None:
    """What failed once can be looked into: the files follow from their seed."""
    assert files(SEED) == files(SEED)
