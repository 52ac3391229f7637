"""Follow jobs until they are finished."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from calotype import tables
from calotype.client import RefusedError, ask

_ASK_EVERY_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0  # with a server that does not answer: it may be starting again


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f} images/s" if speed else "")


async def watch(
    client: httpx.AsyncClient, jobs: Mapping[str, str], console: Console
) -> Sequence[Mapping[str, Any]]:
    """Show how far the jobs are, named by their ids, and return them once all are finished.

    Raises RefusedError where Calotype cannot be asked any more; interrupted, says how they go on.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console, speed_estimate_period=20) as progress:
            bars = {one: progress.add_task(escape(name), total=None) for one, name in jobs.items()}
            works = (_follow(client, one, progress, bar) for one, bar in bars.items())
            return await asyncio.gather(*works)
    except asyncio.CancelledError:
        for one, name in jobs.items():
            console.print(f"{escape(name)} goes on without you: calotype jobs {one}")
        raise


def say_outcome(job: Mapping[str, Any], console: Console) -> None:
    """Print what became of a finished job, and what can be done where images failed."""
    told = f"{job['completed']:,} completed, {job['failed']:,} failed"
    console.print(f"{escape(tables.name_of(job))}  {told}", soft_wrap=True)
    if job["failed"]:
        console.print(tables.causes(job["causes"]))
        console.print(f"Try them again with: calotype jobs retry {job['jobId']}", soft_wrap=True)


async def _follow(
    client: httpx.AsyncClient, job_id: str, progress: Progress, bar: TaskID
) -> Mapping[str, Any]:
    while True:
        job = await _patiently(client, job_id)
        done = job["completed"] + job["failed"]
        progress.update(bar, completed=done, total=job["total"])
        if job["status"] != "processing":
            return job
        await asyncio.sleep(_ASK_EVERY_SECONDS)


async def _patiently(client: httpx.AsyncClient, job_id: str) -> Mapping[str, Any]:
    """Ask until there is an answer: a job outlives a server that is away for a while."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + _PATIENCE_SECONDS
    while True:
        try:
            return await ask(client, "GET", f"/jobs/{job_id}")
        except RefusedError as error:
            if not error.retry or clock() > deadline:
                raise
        await asyncio.sleep(_ASK_EVERY_SECONDS)
