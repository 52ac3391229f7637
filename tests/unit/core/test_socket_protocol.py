"""WebSocket clients that vanish, or that take nothing: their connections end all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from calotype_core.http import server, socket_protocol
from calotype_core.http.server import listen, serve

pytestmark = pytest.mark.anyio

HANDSHAKE = (
    b"GET /%s HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PIECE = "x" * 1_000_000


@dataclass
class Stage:
    """A server whose sockets are silent, or talk without end."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def app(self) -> Litestar:
        @websocket("/silent")
        async def silent(socket: WebSocket[Any, Any, Any]) -> None:
            await socket.accept()
            with suppress(WebSocketDisconnect):
                await socket.receive_text()
            self.gone.set()

        @websocket("/talkative")
        async def talkative(socket: WebSocket[Any, Any, Any]) -> None:
            await socket.accept()
            with suppress(OSError):
                while True:
                    await socket.send_text(PIECE)
            self.gone.set()

        return Litestar([silent, talkative], openapi_config=None)

    async def connect(self, path: bytes) -> asyncio.StreamWriter:
        """Shake hands, and from then on neither read nor answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1000)
        writer.write(HANDSHAKE % path)
        await reader.readuntil(b"\r\n\r\n")
        transport: Any = writer.transport
        transport.pause_reading()
        return writer


@asynccontextmanager
async def serving() -> AsyncIterator[Stage]:
    stage = Stage()
    with listen("127.0.0.1", 0) as listener:
        stage.port = listener.getsockname()[1]
        running = asyncio.create_task(
            serve(stage.app(), listener, stage.stop, max_connections=9, graceful_seconds=60)
        )
        try:
            yield stage
        finally:
            stage.stop.set()
            async with asyncio.timeout(30):  # which is less than the requests may take
                await running


@pytest.mark.parametrize("path", [b"silent", b"talkative"])
async def test_who_answers_no_ping_is_let_go(path: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that has vanished is let go, also where there is much that it has not taken."""
    monkeypatch.setattr(server, "PING_SECONDS", 0.2)
    async with serving() as stage:
        writer = await stage.connect(path)
        async with asyncio.timeout(30):
            await stage.gone.wait()
        writer.close()


@pytest.mark.parametrize("path", [b"silent", b"talkative"])
async def test_a_stop_waits_for_nobody(path: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop lets go of clients that take nothing, long before its own time is up."""
    monkeypatch.setattr(socket_protocol, "_CLOSE_SECONDS", 0.1)
    async with serving() as stage:
        writer = await stage.connect(path)
        await asyncio.sleep(0.1)
    writer.close()
