"""calotype jobs: list them, look at one, retry, cancel, download."""

import sys
from argparse import Namespace
from urllib.parse import quote

import httpx
from rich.console import Console

from calotype import tables
from calotype.client import RefusedError, ask, connected, save, save_as

_LISTED = 50


async def look_after_jobs(options: Namespace) -> int:
    """Do what is asked of jobs; return 0, or 1 and say on stderr why it was not done."""
    try:
        async with connected(options.url) as client:
            await _VERBS[options.verb](client, options)
    except (RefusedError, OSError) as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 1
    return 0


async def _show(client: httpx.AsyncClient, options: Namespace) -> None:
    if options.job:
        Console().print(tables.job(await ask(client, "GET", _path(options))))
        return
    listed = (await ask(client, "GET", "/jobs", params={"limit": str(_LISTED)}))["jobs"]
    Console().print(tables.jobs(listed) if listed else "There are no jobs yet.")


async def _retry(client: httpx.AsyncClient, options: Namespace) -> None:
    only = {"cause": options.cause} if options.cause else {}
    print((await ask(client, "POST", f"{_path(options)}/retry", params=only))["message"])


async def _cancel(client: httpx.AsyncClient, options: Namespace) -> None:
    print((await ask(client, "POST", f"{_path(options)}/cancel"))["message"])


async def _download(client: httpx.AsyncClient, options: Namespace) -> None:
    path = f"{_path(options)}/{'failed' if options.failed else 'output'}.csv"
    if options.output:
        await save_as(client, path, options.output)
    else:
        await save(client, path, sys.stdout.buffer)


def _path(options: Namespace) -> str:
    return f"/jobs/{quote(options.job, safe='')}"


_VERBS = {"show": _show, "retry": _retry, "cancel": _cancel, "download": _download}
