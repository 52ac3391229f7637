"""Hosts of ours that tests ask or call, in their own loop or as a process."""

import argparse
import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from aiohttp import web


class Host(Protocol):
    """Something that listens."""

    url: str
    port: int


Opener = Callable[[str, int], AbstractAsyncContextManager[Host]]


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, tls: ssl.SSLContext | None
) -> AsyncIterator[tuple[str, int]]:
    """Serve at an address; port 0: a free one. Yield the URL and the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        port = runner.addresses[0][1]
        authority = f"[{host}]" if ":" in host else host
        yield f"{'https' if tls else 'http'}://{authority}:{port}", port
    finally:
        await runner.cleanup()


def run(opened: Opener, *, greeting: str, description: str | None) -> None:
    """Be a process of its own, which says where it is once it can be asked."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()

    async def serve() -> None:
        async with opened(asked.host, asked.port) as host:
            print(f"{greeting}{host.url}", flush=True)  # noqa: T201 - a command
            await asyncio.Event().wait()

    asyncio.run(serve())
