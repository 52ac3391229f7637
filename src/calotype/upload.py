"""calotype upload: send files, show how far each is, and say what became of them."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from calotype import tables
from calotype.client import RefusedError, ask, connected, save_as
from calotype.watch import say_outcome, watch

_AT_ONCE = 4
_CHUNK_BYTES = 256 * 1024
_WAIT_SECONDS = 60
_ASK_EVERY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a file was answered, or why it was not: its image, its job, or what a dry run found."""

    path: Path
    answer: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None
    refusal: RefusedError | None = None

    @property
    def job_id(self) -> str | None:
        """The job that the file became, if it did."""
        return self.answer.get("jobId") if self.answer.get("status") == "processing" else None


async def upload_files(options: Namespace) -> int:
    """Upload every file, a few at a time; return 0 where all were done as asked, else 1."""
    console = Console()
    async with connected(options.url) as client:
        results = await _upload_all(client, options, console)
        for result in results:
            _say(result, console, client)
        failed = any(result.problem for result in results)
        if options.watch:
            failed |= await _watch(client, results, options.output, console)
    return 1 if failed else 0


async def _upload_all(
    client: httpx.AsyncClient, options: Namespace, console: Console
) -> Sequence[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    gate = asyncio.Semaphore(_AT_ONCE)
    with Progress(*columns, console=console) as progress:

        async def one(path: Path) -> Result:
            async with gate:
                return await _upload(client, path, options, progress)

        return await asyncio.gather(*(one(path) for path in options.files))


async def _upload(
    client: httpx.AsyncClient, path: Path, options: Namespace, progress: Progress
) -> Result:
    try:
        size = (await anyio.Path(path).stat()).st_size
        bar = progress.add_task(escape(path.name), total=size)
        answer = await ask(
            client,
            "POST",
            "/upload",
            content=_chunks(path, progress, bar),
            params=_wishes(path, options),
            headers={"Prefer": f"wait={_WAIT_SECONDS}", "Content-Length": str(size)},
        )
        if answer["status"] == "processing" and "imageId" in answer:
            progress.update(bar, description=f"{escape(path.name)} (processing)")
            answer = await _until_done(client, answer["imageId"])
    except OSError as error:
        return Result(path=path, problem=f"cannot be read: {error.strerror}")
    except RefusedError as error:
        return Result(path=path, problem=str(error), refusal=error)
    failure = answer.get("failure") or {}
    return Result(path=path, answer=answer, problem=failure.get("message"))


def _wishes(path: Path, options: Namespace) -> Mapping[str, str]:
    wishes = {
        "filename": path.name,
        "instructions": options.instructions,
        "dryRun": "true" if options.dry_run else None,
        "strict": "false" if options.lenient else None,
    }
    return {name: wish for name, wish in wishes.items() if wish}


async def _chunks(path: Path, progress: Progress, bar: TaskID) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(_CHUNK_BYTES):
            yield chunk
            progress.advance(bar, len(chunk))


async def _until_done(client: httpx.AsyncClient, image_id: str) -> Mapping[str, Any]:
    while True:
        try:
            answer = await ask(client, "GET", f"/status/{image_id}")
            if answer["status"] != "processing":
                return answer
        except RefusedError as error:
            if not error.retry:
                raise
        await asyncio.sleep(_ASK_EVERY_SECONDS)


def _say(result: Result, console: Console, client: httpx.AsyncClient) -> None:
    said = f"[red]{escape(result.problem)}[/red]" if result.problem else _good_news(result)
    console.print(f"{escape(result.path.name)}  {said}", soft_wrap=True)
    if (refusal := result.refusal) and refusal.errors:
        console.print(tables.problems(refusal.errors, refusal.error_count))
    if refusal and refusal.code == "invalid_csv":
        console.print("With --lenient those rows are left out.")
    if left := result.answer.get("rowsLeft"):
        console.print(f"{tables.plural(left, 'row')} left out for problems:")
        console.print(tables.problems(result.answer["errors"], result.answer["errorCount"]))
    if job_id := result.job_id:
        here = str(client.base_url).rstrip("/")
        console.print(f"calotype jobs {job_id} says how far it is, as does {here}", soft_wrap=True)


def _good_news(result: Result) -> str:
    answer = result.answer
    if result.job_id:
        return f"is job {result.job_id} of {tables.plural(answer['total'], 'image')}"
    if answer.get("status") == "valid":
        rows = f" in {tables.plural(answer['rows'], 'row')}" if "rows" in answer else ""
        images = tables.plural(answer["images"], "image")
        return f"would be accepted: {images}{rows}; nothing was uploaded"
    return str(answer.get("url"))


async def _watch(
    client: httpx.AsyncClient, results: Sequence[Result], output: Path | None, console: Console
) -> bool:
    """Return whether an image of the jobs has failed, or something about them could not be had."""
    jobs = {one.job_id: one.path.name for one in results if one.job_id}
    try:
        finished = await watch(client, jobs, console) if jobs else []
        for job in finished:
            say_outcome(job, console)
            if output:
                await save_as(client, job["links"]["output"], output)
                console.print(f"{output} has its rows, with the new URLs", soft_wrap=True)
    except (RefusedError, OSError) as error:
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return True
    return any(job["failed"] for job in finished)
