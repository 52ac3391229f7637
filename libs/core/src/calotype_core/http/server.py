"""Serving an application until it is time to stop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from litestar import Litestar

from calotype_core.errors import Unavailable
from calotype_core.http.protocol import BoundedProtocol
from calotype_core.http.socket_protocol import PING_SECONDS, BoundedSocket


class AddressUnavailableError(Unavailable):
    """The address to serve on cannot be had."""

    code = "address_unavailable"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the main decides what a signal means: requests end first, then the loops drain


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raises AddressUnavailableError, saying what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        raise AddressUnavailableError(
            f"Cannot listen on {host}:{port} ({error}). Choose another with CALOTYPE_HOST and"
            " CALOTYPE_PORT, or stop what is listening there."
        ) from error


async def serve(
    app: Litestar,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    max_connections: int,
    graceful_seconds: int,
) -> None:
    """Serve until stop is set, then let the requests under way finish, for so many seconds."""
    server = _Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws=BoundedSocket,
            log_config=None,
            log_level="warning",  # its news of every connection are no news
            access_log=False,
            lifespan="on",
            limit_concurrency=max_connections,
            timeout_graceful_shutdown=graceful_seconds,
            server_header=False,
            ws_max_size=1024 * 1024,
            ws_max_queue=16,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            # Each client would have a compressor of its own, for messages that many are told alike.
            ws_per_message_deflate=False,
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    stop.set()
    await serving
