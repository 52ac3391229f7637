"""Clients on one job, each told live until its end: python -m bench.live [--clients N].

Nothing is asserted of a time; that each client is told the end, is.
"""

import argparse
import asyncio
import io
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect

from bench import machine, product, report
from bench.product import Running
from calotype_core.http.connections import connections_within_limits

_MIB, _KIB = 1024 * 1024, 1024
_CONNECT_AT_ONCE = 50
_TOGETHER = 32  # images of the job, each a message to every client that wants them
_TIMEOUT_SECONDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What it took to tell every client of a job until its end.

    Bytes are resident ones of the main process: before there were clients, with all of them
    connected, and at most; seconds from the first client's end to the last one's.
    """

    clients: int
    images: bool
    before: int
    connected: int
    peak: int
    seconds: float
    messages: int
    strangers: float


def main() -> None:
    """Measure, print, and write docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--quick", action="store_true", help="write no page")
    options = parser.parse_args()
    if connections_within_limits(options.clients) < options.clients:
        sys.exit("bench: too few files may be open for so many clients (ulimit -n).")
    try:
        found = [measure(options.clients, images=images) for images in (False, True)]
    except product.NotStartedError as error:
        sys.exit(f"bench: {error}")
    text = tables(found)
    print(f"\n{text}")
    if not options.quick:
        report.write(text, "bench.live")


def measure(clients: int, *, images: bool) -> Told:
    """Have that many clients follow one job from its beginning to its end."""
    with product.running() as running:
        return asyncio.run(_measure(running, clients, images=images))


async def _measure(running: Running, clients: int, *, images: bool) -> Told:
    await asyncio.to_thread(_begin_job, running.host)  # the first one loads what all need
    before, spent = machine.resident_bytes(running.pid), machine.spent(running.pid)
    async with AsyncExitStack() as opened:
        sockets = await _connected(running.host, clients, opened)
        connected = machine.resident_bytes(running.pid)
        job_id = await asyncio.to_thread(_begin_job, running.host)
        message = json.dumps({"subscribe": [job_id], "images": images})
        await asyncio.gather(*(one.send(message) for one in sockets))
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            ends = await asyncio.gather(*(_until_end(one) for one in sockets))
    meanwhile = machine.spent(running.pid).since(spent)
    times = [at for at, _ in ends]
    return Told(
        clients=clients,
        images=images,
        before=before,
        connected=connected,
        peak=machine.peak_bytes(running.pid),
        seconds=max(times) - min(times),
        messages=sum(count for _, count in ends),
        strangers=meanwhile.strangers_share,
    )


def _begin_job(host: str) -> str:
    files = [("file", (f"{n}.jpg", _picture(n))) for n in range(_TOGETHER)]
    answer = httpx.post(f"http://{host}/upload", files=files, timeout=60, trust_env=False)
    return str(answer.raise_for_status().json()["jobId"])


def _picture(number: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), (8 * number, 90, 120)).save(written, "JPEG")
    return written.getvalue()


async def _connected(host: str, clients: int, opened: AsyncExitStack) -> Sequence[ClientConnection]:
    gate = asyncio.Semaphore(_CONNECT_AT_ONCE)

    async def one() -> ClientConnection:
        async with gate:
            return await opened.enter_async_context(
                connect(f"ws://{host}/ws", proxy=None, compression=None, ping_interval=None)
            )

    return await asyncio.gather(*(one() for _ in range(clients)))


async def _until_end(socket: ClientConnection) -> tuple[float, int]:
    """Return when the client was told the end, and of how many messages it was the last."""
    count = 0
    async for text in socket:
        count += 1
        if b'"urls"' in (text if isinstance(text, bytes) else text.encode()):
            return time.perf_counter(), count
    raise ConnectionError("a client was let go before it was told the end")


def tables(found: Sequence[Told]) -> str:
    """Return everything in Markdown."""
    preface = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine.description()}; `calotype serve`, and"
        f" {found[0].clients:,} WebSocket clients in one process on the same machine, all on one"
        f" job of {_TOGETHER} images. Each was told its end."
    )
    others = " and ".join(f"{one.strangers:.0%}" for one in found)
    rows = [
        ["main process before, MiB", *(f"{one.before / _MIB:.0f}" for one in found)],
        ["… with all clients connected", *(f"{one.connected / _MIB:.0f}" for one in found)],
        ["… at its peak", *(f"{one.peak / _MIB:.0f}" for one in found)],
        ["KiB a client, connected", *(f"**{_each(one, one.connected):.1f}**" for one in found)],
        ["KiB a client, at the peak", *(f"{_each(one, one.peak):.1f}" for one in found)],
        ["messages told", *(f"{one.messages:,}" for one in found)],
        ["seconds from the first end to the last", *(f"**{one.seconds:.2f}**" for one in found)],
    ]
    head = ["", "the job alone", "and each of its images"]
    return f"{preface} Other processes took {others} of the machine.\n\n{report.table(head, rows)}"


def _each(told: Told, then: int) -> float:
    return (then - told.before) / told.clients / _KIB


if __name__ == "__main__":
    main()
