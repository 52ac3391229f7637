"""A trap: it listens on this machine, and remembers whoever connects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self


class Trap:
    """Listens on 127.0.0.1 and, where there is IPv6, on ::1; nobody is to come."""

    def __init__(self) -> None:
        self.port = 0
        self.caught = 0

    @classmethod
    @asynccontextmanager
    async def set_up(cls) -> AsyncIterator[Self]:
        """Listen on a free port, the same of both."""
        trap = cls()
        server = await asyncio.start_server(trap._catch, "127.0.0.1", 0)
        trap.port = server.sockets[0].getsockname()[1]
        servers = [server]
        with suppress(OSError):  # no IPv6 here
            servers.append(await asyncio.start_server(trap._catch, "::1", trap.port))
        try:
            yield trap
        finally:
            for one in servers:
                one.close()
                await one.wait_closed()

    def _catch(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.caught += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        writer.close()
