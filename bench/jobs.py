"""The operator: sends a spreadsheet, asks how the job fares, and takes the spreadsheet back."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Client, RefusedError, made_of
from bench.recipe import Made

_OK, _ACCEPTED = 200, 202
_LOOK_SECONDS = 0.05  # between two looks at a job: what they cost is in what is measured
_PATIENCE_SECONDS = 600
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """A spreadsheet that was accepted: its job, and the seconds until that was said."""

    job_id: str
    seconds: float


class Operator(Client):
    """One connection to the product."""

    def send(self, sheet: Path) -> Sent:
        """Upload the CSV; raises RefusedError."""
        status, body, seconds = self.post("/upload", sheet, {"Content-Type": "text/csv"})
        if status != _ACCEPTED:
            raise RefusedError(f"{sheet.name}: {status} {body.decode(errors='replace')[:1000]}")
        return Sent(json.loads(body)["jobId"], seconds)

    def job(self, job_id: str) -> dict[str, Any]:
        """Return what is known of the job as a whole."""
        return self._json(f"/jobs/{job_id}")

    def until_finished(self, job_id: str) -> None:
        """Return once every image of the job is completed; raises RefusedError if one failed."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (job := self.job(job_id))["status"] == "processing":
            if time.monotonic() > deadline:
                raise RefusedError(f"job {job_id} has not finished: {job}")
            time.sleep(_LOOK_SECONDS)
        if job["failed"]:
            raise RefusedError(f"images of job {job_id} failed: {job['causes']}")

    def cancel(self, job_id: str) -> None:
        """Have no more of the job begun."""
        self.job(job_id)  # of a young one, the door knows no sooner than its record is there
        self._connection.request("DELETE", f"/jobs/{job_id}")
        status, body = self._answer()
        if status != _ACCEPTED:
            raise RefusedError(f"DELETE /jobs/{job_id}: {status} {body.decode(errors='replace')}")

    def renditions(self, job_id: str) -> Iterator[dict[str, Made]]:
        """Yield what was made of each image of the job, in its order; at most 1,000 of them."""
        for item in self._json(f"/jobs/{job_id}/items?limit=1000")["items"]:
            yield made_of(self._json(f"/images/{item['imageId']}"))

    def take_back(self, job_id: str, into: Path) -> float:
        """Download the output CSV, and return the seconds that it took; raises RefusedError."""
        began = time.perf_counter()
        self._connection.request("GET", f"/jobs/{job_id}/output.csv")
        response = self._connection.getresponse()
        if response.status != _OK:
            raise RefusedError(f"output.csv: {response.status} {response.read(1000)!r}")
        with into.open("wb") as file:
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
        return time.perf_counter() - began

    def _json(self, path: str) -> dict[str, Any]:
        self._connection.request("GET", path)
        status, body = self._answer()
        if status != _OK:
            raise RefusedError(f"{path}: {status} {body.decode(errors='replace')}")
        told: dict[str, Any] = json.loads(body)
        return told
