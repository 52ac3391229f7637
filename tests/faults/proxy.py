"""A bad network in front of a server: it refuses, falls silent, breaks off, loses an answer."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from deploy.services.plan import free_ports

_CHUNK = 256 * 1024
_RESET = struct.pack("ii", 1, 0)  # linger for no time: the peer gets a reset
_ports = free_ports()

# Whether what a client has just sent is the request that is meant.
Matches = Callable[[bytes], bool]
Ending = Literal["closed", "silent"]


@dataclass
class _Loss:
    """Answers to be lost, and how the client is to notice it."""

    matches: Matches
    left: int
    ending: Ending


@dataclass(eq=False)
class _Connection:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    loses: Ending | None = None  # what becomes of the answer to the request under way

    def abort(self) -> None:
        """Reset both ends: an orderly goodbye would be a good network's."""
        for one in (self.client, self.server):
            if not one.transport.is_closing():
                end = one.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                one.transport.abort()


@dataclass
class Proxy:
    """Passes bytes on between clients and one server. All methods may be called by any thread."""

    host: str
    server_port: int
    port: int = field(default_factory=lambda: next(_ports))
    lost: int = 0  # answers that were lost so far

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._listening: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._flows = asyncio.Event()
        self._loss: _Loss | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._heal())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def address(self) -> str:
        """Where clients are to go."""
        return f"{self.host}:{self.port}"

    def refuse(self) -> None:
        """Break every connection off and take no other, as if the server had ended."""
        self._call(self._refuse())

    def fall_silent(self) -> None:
        """Take everything and pass nothing on, as if every packet were lost."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def break_off(self) -> None:
        """Break every connection off; new ones are welcome."""
        self._call(self._break_off())

    def lose_answers(self, matches: Matches, *, count: int = 1, ending: Ending = "closed") -> None:
        """Have the server do what the next matching requests ask, and no client hear of it."""
        self._loss = _Loss(matches, count, ending)

    def heal(self) -> None:
        """Be a good network again; what was held back is passed on."""
        self._call(self._heal())

    def _call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)

    async def _heal(self) -> None:
        self._loss = None
        self._flows.set()
        if self._listening is None:
            self._listening = await asyncio.start_server(self._accept, self.host, self.port)

    async def _refuse(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        await self._break_off()

    async def _break_off(self) -> None:
        for one in self._connections:
            one.abort()

    async def _close(self) -> None:
        await self._refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError):
            answers, server = await asyncio.open_connection(self.host, self.server_port)
            connection = _Connection(client=writer, server=server)
            self._connections.add(connection)
            try:
                await asyncio.gather(
                    _until_the_end(reader, lambda data: self._ask(connection, data)),
                    _until_the_end(answers, lambda data: self._answer(connection, data)),
                )
            finally:
                connection.abort()
                self._connections.discard(connection)

    async def _ask(self, connection: _Connection, data: bytes) -> None:
        await self._flows.wait()
        loss = self._loss
        if loss is not None and loss.left and loss.matches(data):
            loss.left -= 1
            connection.loses = loss.ending
        connection.server.write(data)
        await connection.server.drain()

    async def _answer(self, connection: _Connection, data: bytes) -> None:
        await self._flows.wait()
        if connection.loses is None:
            connection.client.write(data)
            await connection.client.drain()
            return
        self.lost += 1
        if connection.loses == "closed":
            connection.abort()


async def _until_the_end(
    reader: asyncio.StreamReader, pass_on: Callable[[bytes], Awaitable[None]]
) -> None:
    """Pass on what comes; the end of one direction ends the other, which no client here minds."""
    while data := await reader.read(_CHUNK):
        await pass_on(data)
    raise ConnectionResetError
