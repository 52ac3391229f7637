"""How long a connection may take over a request, and what becomes of it after a refusal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest
import uvicorn
from litestar import Litestar, WebSocket, get, post, websocket
from litestar.response import Stream

from calotype_core.http import protocol
from calotype_core.http.server import listen, serve

pytestmark = pytest.mark.anyio

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BRIEF = 0.1  # seconds


@post("/refused", status_code=200)
async def refused() -> None:
    """Answer without a look at the body."""


@get("/slow")
async def slow() -> None:
    await asyncio.sleep(5 * BRIEF)


async def endlessly() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 100_000
        await asyncio.sleep(0)  # after a disconnect nothing else waits


@get("/endless")
async def endless() -> Stream:
    return Stream(endlessly())


@websocket("/ws")
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Say one thing, after longer than an idle connection is kept."""
    await socket.accept()
    await asyncio.sleep(15 * BRIEF)
    await socket.send_text("still there")


@asynccontextmanager
async def connected() -> AsyncIterator[Streams]:
    """Yield a connection to a server of its own."""
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(
            serve(
                Litestar([refused, slow, endless, live], openapi_config=None),
                listener,
                stop,
                max_connections=10,
                graceful_seconds=1,
            )
        )
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            stop.set()
            await serving


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", BRIEF)


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\nX-"])
async def test_a_head_that_does_not_end(begun: bytes) -> None:
    """Who connects and sends no whole request is told so, and the connection ends."""
    async with connected() as (reader, writer):
        writer.write(begun)
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"code": "request_timed_out"' in answer


async def test_a_second_head_that_does_not_end() -> None:
    """The same holds for the next request of a connection."""
    async with connected() as (reader, writer):
        writer.write(b"GET /nobody HTTP/1.1\r\nHost: a\r\n\r\nGET /")
        answers = await reader.read()
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 408 " in answers


async def test_an_answer_that_takes_its_time() -> None:
    """An answer that is still to come is not cut off by the beginning of the next request."""
    async with connected() as (reader, writer):
        writer.write(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /")
        answers = await reader.read()
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answers


async def test_the_rest_of_a_refused_body() -> None:
    """What is sent after the answer is heard out, and the connection goes on after it."""
    async with connected() as (reader, writer):
        writer.write(b"POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes(5_000_000))
        writer.write(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answers = await reader.read()
    assert b"HTTP/1.1 200 " in answers


async def test_nothing_after_a_refused_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is idle after such a rest is closed, as any idle one is."""
    monkeypatch.setattr(uvicorn, "Config", partial(uvicorn.Config, timeout_keep_alive=1))
    async with connected() as (reader, writer):
        writer.write(b"POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n")
        writer.write(b"the rest.")
        assert b"HTTP/1.1" not in await reader.read(), "the end, without a word"


async def test_a_silent_socket_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket may be silent for longer than an idle connection is kept."""
    monkeypatch.setattr(uvicorn, "Config", partial(uvicorn.Config, timeout_keep_alive=1))
    async with connected() as (reader, writer):
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert await reader.readuntil(b"\r\n\r\n")
        assert b"still there" in await reader.readuntil(b"there")


async def test_a_client_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes nothing of its answer is let go, and does not hold up a stop."""
    monkeypatch.setattr(protocol, "TAKE_SECONDS", BRIEF)
    async with connected() as (reader, writer):
        transport: Any = writer.transport
        transport.pause_reading()
        writer.write(b"GET /endless HTTP/1.1\r\nHost: here\r\n\r\n")
        await asyncio.sleep(20 * BRIEF)
        transport.resume_reading()
        with suppress(ConnectionError):
            async with asyncio.timeout(30):
                while await reader.read(1_000_000):
                    pass
