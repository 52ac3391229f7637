"""A client of jobs: sends a spreadsheet, waits, and reads what came out."""

import csv
import io
import time
from collections.abc import Sequence
from typing import Any

import httpx

_PATIENCE_SECONDS = 120


def send_csv(
    client: httpx.Client, text: str | bytes, name: str = "products.csv", **asked: str
) -> str:
    """Upload the CSV as a form does, and return the id of its job."""
    data = text.encode() if isinstance(text, str) else text
    answer = client.post("/upload", data=asked, files={"file": (name, data, "text/csv")})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["jobId"])


def job_of(client: httpx.Client, job_id: str) -> dict[str, Any]:
    answer = client.get(f"/jobs/{job_id}")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while answer.status_code == 503 and time.monotonic() < deadline:  # its record is on its way
        answer = client.get(f"/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


def until_finished(client: httpx.Client, job_id: str, *, generation: int = 1) -> dict[str, Any]:
    """Ask as a client does until every image of the job is done, and return the job."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        job = job_of(client, job_id)
        if job["status"] != "processing" and job["generation"] >= generation:
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.05)


def rows_of(answer: httpx.Response) -> Sequence[dict[str, str]]:
    """Return the rows of a CSV that came, each by the names of its columns."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
