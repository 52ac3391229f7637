"""The shop of the CSVs: real photographs under any number of addresses, from file to socket.

It is a process of its own, so that what it takes of the machine can be told from what Calotype
does, and as little of that as can be. As a command: python -m bench.shop --count N [--photos DIR].
"""

import argparse
import asyncio
import re
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import photographs

_ASKED = re.compile(rb"GET /(\d+)/")
_FOUND = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that serves, and where."""

    pid: int
    port: int

    @property
    def allowed(self) -> dict[str, str]:
        """The settings of a product that may fetch from it."""
        return {
            "CALOTYPE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
            "CALOTYPE_FETCH_PORTS": str(self.port),
        }

    def url(self, number: int) -> str:
        """Return where the photograph of that number is; they come round again and again."""
        return f"http://127.0.0.1:{self.port}/{number}/product-image-{number:06}.jpg"


@contextmanager
def opened(folder: Path | None, count: int) -> Iterator[Shop]:
    """Open a shop of as many photographs, in the order in which clients upload them."""
    command = [sys.executable, "-m", "bench.shop", f"--count={count}"]
    command += [f"--photos={folder}"] if folder else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout  # noqa: S101 - it was asked for
        with process.stdout:
            port = int(process.stdout.readline())
        yield Shop(process.pid, port)
    finally:
        process.terminate()
        process.wait()


async def serve(order: Sequence[Path]) -> None:
    """Serve until the process ends; says its port first."""

    async def sell(reader: StreamReader, writer: StreamWriter) -> None:
        # Whoever has what they wanted hangs up, some in the midst of it.
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await _answer(await reader.readuntil(b"\r\n\r\n"), order, writer)

    server = await asyncio.start_server(sell, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _answer(asked: bytes, order: Sequence[Path], writer: StreamWriter) -> None:
    number = _ASKED.match(asked)
    if number is None:
        writer.write(_MISSING)
        return
    path = order[int(number[1]) % len(order)]
    with path.open("rb") as file:
        writer.write(_FOUND % path.stat().st_size)
        await writer.drain()
        await asyncio.get_running_loop().sendfile(writer.transport, file)


def main() -> None:
    """Serve the photographs."""
    parser = argparse.ArgumentParser(prog="python -m bench.shop", description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEG photographs")
    parser.add_argument("--count", type=int, required=True, help="after how many they come again")
    options = parser.parse_args()
    order = photographs.shuffled(photographs.find(options.photos), options.count)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(order))


if __name__ == "__main__":
    main()
