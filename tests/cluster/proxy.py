"""A wire that fails on request: between a client and a server, and loses what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

_CHUNK = 65_536


class Proxy:
    """Passes bytes on in both directions; a request with a marked word gets no answer.

    The server has done what it was asked by the time that its answer is lost, and the connection
    with it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._word = b""
        self._passing = 0
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0
        self.lost = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, host: str, port: int) -> AsyncIterator["Proxy"]:
        """Listen on a free port until the context ends."""
        proxy = cls(host, port)
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            for task in proxy._serving:
                task.cancel()
            await asyncio.gather(*proxy._serving, return_exceptions=True)

    def lose_answer(self, word: bytes, *, after: int = 0) -> None:
        """Lose the answer to the next request that holds the word, after so many that pass."""
        self._word, self._passing, self.lost = word, after, 0

    def _loses(self, request: bytes) -> bool:
        if not self._word or self._word not in request:
            return False
        self._passing -= 1
        if self._passing >= 0:
            return False
        self._word = b""
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(cast("asyncio.Task[None]", asyncio.current_task()))
        server_reader, server_writer = await asyncio.open_connection(*self._server)
        answers = asyncio.create_task(_pass_on(server_reader, writer))
        with suppress(OSError, asyncio.CancelledError):
            while request := await reader.read(_CHUNK):
                loses = self._loses(request)
                if loses:
                    await _stop(answers)
                server_writer.write(request)
                await server_writer.drain()
                if loses:
                    await server_reader.read(_CHUNK)
                    self.lost += 1
                    break
        await _stop(answers)
        for one in (server_writer, writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while answer := await reader.read(_CHUNK):
            writer.write(answer)
            await writer.drain()


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
