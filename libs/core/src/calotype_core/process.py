"""A process: it listens, works until it is told to stop, and then finishes what it began."""

import asyncio
import ctypes
import signal
import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from litestar import Litestar

from calotype_core import logs
from calotype_core.http.connections import connections_within_limits
from calotype_core.http.server import listen, serve
from calotype_core.service import Service, run_loops
from calotype_core.settings import TEXT, seconds, setting, whole_number, word

_log = logs.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessSettings:
    """Where a process listens, how it stops, how it logs."""

    host: str = setting(
        "127.0.0.1",
        TEXT,
        "The address to listen on; the default is reached from this machine only.",
    )
    port: int = setting(
        8080, whole_number("port", least=0, most=65_535), "The port to listen on; 0: any free one."
    )
    max_connections: int = setting(
        5_000, whole_number("connections"), "How many connections may be open; others get a 503."
    )
    stop_seconds: float = setting(
        75.0, seconds(least=1), "How long a stop may take to finish what was begun."
    )
    log_format: Literal["auto", "json", "console"] = setting(
        "auto", word("auto", "json", "console"), "auto: readable on a terminal, JSON elsewhere."
    )
    log_level: str = setting(
        "info", word("debug", "info", "warning", "error"), "The least severe log lines to write."
    )

    def listen(self) -> AbstractContextManager[socket.socket]:
        """Return a socket that listens where they say; raises AddressUnavailableError."""
        return listen(self.host, self.port)


def announce_address(settings: ProcessSettings, listener: socket.socket) -> None:
    """Say on standard output where this process is: whoever started it waits for that line."""
    print(f"Calotype is at {address_of(settings, listener)}", flush=True)  # noqa: T201 - the first line of a command


def address_of(settings: ProcessSettings, listener: socket.socket) -> str:
    """Return the origin of what the listener serves."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def leave_on_signals() -> asyncio.Event:
    """Return an event that SIGINT or SIGTERM sets; a second one of a kind ends the process."""
    loop, leaving = asyncio.get_running_loop(), asyncio.Event()

    def leave(number: signal.Signals) -> None:
        _log.info("stopping; a second signal stops at once")
        loop.remove_signal_handler(number)
        leaving.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave, number)
    return leaving


async def serve_and_work(
    services: Sequence[Service],
    app: Litestar,
    settings: ProcessSettings,
    listener: socket.socket,
    leaving: asyncio.Event,
) -> None:
    """Serve and run the loops until leaving is set; requests end first, then the loops.

    Raises what a loop failed with.
    """
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run_loops(services, stop, ended=leaving.set))
        group.create_task(_tell_leaving(services, leaving))
        # Requests end first: those that wait for an image need the loops to go on until then.
        await serve(
            app,
            listener,
            leaving,
            max_connections=connections_within_limits(settings.max_connections),
            graceful_seconds=int(settings.stop_seconds),
        )
        stop.set()


async def _tell_leaving(services: Sequence[Service], leaving: asyncio.Event) -> None:
    await leaving.wait()
    for service in services:
        for leave in service.leaving:
            leave()


def tune_allocator() -> None:
    """Have glibc keep large blocks: megabytes of body would else be mapped and unmapped each time.

    Does nothing with another C library.
    """
    mmap_threshold, trim_threshold = -3, -1  # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of <malloc.h>
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(mmap_threshold, 32 * 1024 * 1024)
        mallopt(trim_threshold, 128 * 1024 * 1024)
