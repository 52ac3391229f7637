"""Between a client and a server: changes what passes, cuts it off, or answers by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

Meddling = Callable[[bytes], bytes | None]  # None: cut the connection


@dataclass
class Meddler:
    """Where it listens, and how many connections it has seen."""

    endpoint: str = ""
    connections: int = 0


def untouched(data: bytes) -> bytes:
    return data


@asynccontextmanager
async def between(
    endpoint: str, *, request: Meddling = untouched, reply: Meddling = untouched
) -> AsyncIterator[Meddler]:
    """Pass everything on to the endpoint and back, as each direction's meddling makes it."""
    url = urlsplit(endpoint)

    async def passes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(url.hostname, url.port)
        async with _closing(requests):
            there = asyncio.create_task(_pass_on(reader, requests, request))
            back = asyncio.create_task(_pass_on(answers, writer, reply))
            try:
                await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)

    async with _listening(passes) as meddler:
        yield meddler


@asynccontextmanager
async def answering(
    answer: bytes | None, asked: list[bytes] | None = None
) -> AsyncIterator[Meddler]:
    """Give every request, none with a body, the same answer (None: silence); note it in asked."""

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.read(65536):
            if asked is not None:
                asked.append(head)
            if answer is not None:
                writer.write(answer)
                await writer.drain()

    async with _listening(answers) as meddler:
        yield meddler


@asynccontextmanager
async def _listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Meddler]:
    meddler = Meddler()
    serving: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meddler.connections += 1
        serving.add(cast("asyncio.Task[None]", asyncio.current_task()))
        async with _closing(writer):
            with suppress(OSError, asyncio.CancelledError):
                await serve(reader, writer)

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    meddler.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield meddler
    finally:
        server.close()
        for one in serving:
            one.cancel()
        await asyncio.gather(*serving)


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meddle: Meddling
) -> None:
    while data := await reader.read(65536):
        meddled = meddle(data)
        if meddled is None:
            return
        writer.write(meddled)
        await writer.drain()
