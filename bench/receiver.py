"""A receiver of webhooks, in as many hosts as there are endpoints: it writes down when what came.

It is a process of its own, and does as little as can be. What comes to /taken is taken, what comes
to /never gets no answer; GET /came tells of what came since that was last asked. Every host is an
address of this machine (127.1.0.1, …), and they share a port. As a command: python -m
bench.receiver --hosts N.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

import httpx

from calotype_core.http.connections import connections_within_limits

_ROOM = 256  # of an address's last number
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
_TOLD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_BACKLOG = 64  # connections a host


class Came(NamedTuple):
    """A request that was taken, when, and the body's own words for when what it tells happened."""

    at: float
    image_id: str
    happened: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver that listens, and where."""

    pid: int
    port: int

    @property
    def allowed(self) -> dict[str, str]:
        """The settings of a product that may call it."""
        return {
            "CALOTYPE_WEBHOOK_ALLOW_HTTP": "true",
            "CALOTYPE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        }

    def url(self, number: int, *, dead: bool = False) -> str:
        """Return an endpoint on a host of its own."""
        return f"http://{_address(number)}:{self.port}/{'never' if dead else 'taken'}"

    def came(self) -> Sequence[Came]:
        """Return what was taken since this was last asked."""
        answer = httpx.get(f"http://{_address(0)}:{self.port}/came", trust_env=False, timeout=30)
        return [Came(*one) for one in answer.raise_for_status().json()]


@contextmanager
def opened(hosts: int) -> Iterator[Receiver]:
    """Open a receiver of as many hosts."""
    command = [sys.executable, "-m", "bench.receiver", f"--hosts={hosts}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout  # noqa: S101 - it was asked for
        with process.stdout:
            port = int(process.stdout.readline())
        yield Receiver(process.pid, port)
    finally:
        process.terminate()
        process.wait()


async def serve(hosts: int) -> None:
    """Listen until the process ends; says its port first."""
    taken: list[tuple[float, bytes]] = []

    async def receive(reader: StreamReader, writer: StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if head.startswith(b"POST /taken"):
                    taken.append((time.time(), body))
                    writer.write(_TAKEN)
                elif head.startswith(b"GET /came"):
                    told = json.dumps([_read(at, body) for at, body in taken]).encode()
                    taken.clear()
                    writer.write(_TOLD % len(told) + told)

    server = await asyncio.start_server(receive, _address(0), 0, backlog=_BACKLOG)
    port = server.sockets[0].getsockname()[1]
    rest = [_address(number) for number in range(1, hosts)]
    others = await asyncio.start_server(receive, rest, port, backlog=_BACKLOG)
    print(port, flush=True)
    async with server, others:
        await asyncio.Event().wait()


def _read(at: float, body: bytes) -> Came:
    told = json.loads(body)
    return Came(at, told["data"]["imageId"], told["timestamp"])


def _address(number: int) -> str:
    return f"127.1.{number // _ROOM}.{number % _ROOM}"


def main() -> None:
    """Receive."""
    parser = argparse.ArgumentParser(prog="python -m bench.receiver", description=__doc__)
    parser.add_argument("--hosts", type=int, required=True)
    hosts: int = parser.parse_args().hosts
    connections_within_limits(2 * hosts)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(hosts))


if __name__ == "__main__":
    main()
