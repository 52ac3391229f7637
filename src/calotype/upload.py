"""calotype upload: send files, show how far each is, and say what became of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

_AT_ONCE = 4
_CHUNK_BYTES = 256 * 1024
_WAIT_SECONDS = 60
_ASK_EVERY_SECONDS = 1.0
_SLOWEST_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one file: its image's URL, or why there is none."""

    path: Path
    url: str | None = None
    problem: str | None = None


async def upload_files(paths: Sequence[Path], url: str, instructions: str | None) -> int:
    """Upload every file, a few at a time; return 0 where all were processed, else 1."""
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    gate = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=_SLOWEST_SECONDS, trust_env=False) as client:
        with Progress(*columns, console=console) as progress:

            async def one(path: Path) -> Result:
                async with gate:
                    return await _upload(client, path, instructions, progress)

            results = await asyncio.gather(*(one(path) for path in paths))
    for result in results:
        said = result.url or f"[red]{escape(result.problem or 'unknown')}[/red]"
        console.print(f"{escape(result.path.name)}  {said}", soft_wrap=True)
    return 0 if all(result.url for result in results) else 1


async def _upload(
    client: httpx.AsyncClient, path: Path, instructions: str | None, progress: Progress
) -> Result:
    try:
        size = (await anyio.Path(path).stat()).st_size
        bar = progress.add_task(escape(path.name), total=size)
        answer = await client.post(
            "/upload",
            content=_chunks(path, progress, bar),
            params={"filename": path.name}
            | ({"instructions": instructions} if instructions else {}),
            headers={"Prefer": f"wait={_WAIT_SECONDS}", "Content-Length": str(size)},
        )
        body = answer.json()
        if answer.status_code == httpx.codes.ACCEPTED:
            progress.update(bar, description=f"{escape(path.name)} (processing)")
            body = await _until_done(client, body["imageId"])
    except OSError as error:
        return Result(path=path, problem=f"cannot be read: {error.strerror}")
    except httpx.HTTPError as error:
        return Result(path=path, problem=f"no answer from {client.base_url}: {error!r}")
    except ValueError:
        return Result(path=path, problem="the answer is no JSON: is this address Calotype's?")
    failure = body.get("failure") or {}
    return Result(
        path=path, url=body.get("url"), problem=body.get("detail") or failure.get("message")
    )


async def _chunks(path: Path, progress: Progress, bar: TaskID) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(_CHUNK_BYTES):
            yield chunk
            progress.advance(bar, len(chunk))


async def _until_done(client: httpx.AsyncClient, image_id: str) -> dict[str, Any]:
    while True:
        with suppress(httpx.TimeoutException):
            body: dict[str, Any] = (await client.get(f"/status/{image_id}")).json()
            if body.get("status") != "processing":
                return body
        await asyncio.sleep(_ASK_EVERY_SECONDS)
