"""Clients that leave, dawdle, crowd and talk nonsense cost themselves, and nobody else."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.flow.clumsy import (
    Answer,
    connected,
    eventually_kept,
    exchange,
    heard,
    kept,
    problem,
    send,
    settled,
)
from tests.photographs import photograph
from tests.running import Calotype

CROWD = 200
LARGE, PIECE = 50_000_000, 250_000
HEAD = b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
NONSENSE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a bare name": b"CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    "a length below 0": b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length beyond all": b"POST /upload HTTP/1.1\r\nContent-Length: %s\r\n\r\n" % (b"9" * 40),
    "two lengths": b"POST /upload HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "two framings": b"POST /upload HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
    "a bad chunk": b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX-A: \0\r\n\r\n",
}


@pytest.fixture(scope="module")
def calotype(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calotype]:
    """Yield a running product that is soon impatient."""
    running = Calotype(
        data_dir=tmp_path_factory.mktemp("calotype") / "data",
        environ={"CALOTYPE_UPLOAD_PAUSE_SECONDS": "1"},
    )
    running.start()
    assert running.process is not None
    pid = running.process.pid
    yield running
    assert running.process.pid == pid
    assert running.process.poll() is None, "still the same process"
    assert "an error of ours" not in running.log()
    assert running.stop() == 0, running.log()


def is_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert f'"{code}"' in answer.text


def still_works(client: httpx.Client) -> None:
    assert client.post("/upload", content=photograph(64, 64)).status_code == 200


@pytest.mark.parametrize("reset", [False, True], ids=["closing", "resetting"])
def test_leaving_in_the_middle(calotype: Calotype, client: httpx.Client, *, reset: bool) -> None:
    """A client that goes away in the middle of its upload leaves nothing behind."""
    before = kept(calotype)
    with connected(calotype) as opened:
        send(opened, HEAD % 50_000_000, bytes(5_000_000))
        if reset:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert eventually_kept(calotype, before)
    still_works(client)


def test_stopping_in_the_middle(calotype: Calotype, client: httpx.Client) -> None:
    """A client that stays and sends no more is told so, and nothing of it is kept."""
    before = kept(calotype)
    with connected(calotype) as opened:
        send(opened, HEAD % 50_000_000, bytes(5_000_000))
        is_problem(heard(opened), 408, "upload_stalled")
    assert eventually_kept(calotype, before)
    still_works(client)


def test_dripping_holds_nobody(calotype: Calotype, client: httpx.Client) -> None:
    """While a hundred clients send a byte now and then, another one is served; so are they."""
    gif = b"GIF89a\1\0\1\0\x80\0\0\x80\x80\x80\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
    with contextlib.ExitStack() as stack:
        drips = [stack.enter_context(connected(calotype)) for _ in range(100)]
        for opened in drips:
            send(opened, HEAD % len(gif))
        for byte in range(len(gif)):
            for opened in drips:
                send(opened, gif[byte : byte + 1])
            if byte % 10 == 0:
                still_works(client)
        assert {heard(opened).status for opened in drips} == {200}


def test_a_crowd(calotype: Calotype) -> None:
    """Two hundred at once, and two hundred more that say nothing: everyone is answered."""

    async def everyone() -> list[str]:
        limits = httpx.Limits(max_connections=CROWD)
        async with httpx.AsyncClient(
            base_url=calotype.url, timeout=120, limits=limits, trust_env=False
        ) as client:
            asked = (
                client.post(
                    "/upload", content=photograph(40, 30), headers={"Prefer": "respond-async"}
                )
                for _ in range(CROWD)
            )
            answers = await asyncio.gather(*asked)
        assert {one.status_code for one in answers} == {202}
        return [one.json()["imageId"] for one in answers]

    with contextlib.ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(connected(calotype))
        image_ids = asyncio.run(everyone())
    with calotype.client() as client:
        assert {settled(client, one)["status"] for one in image_ids} == {"completed"}


def test_one_too_many(started: Callable[..., Calotype]) -> None:
    """Who comes when as many are connected as may be is told to come back; then it works."""
    calotype = started(CALOTYPE_MAX_CONNECTIONS="5")
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(calotype))
        refused = exchange(calotype, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        is_problem(refused, 503, "too_many_connections")
    with calotype.client() as client:
        still_works(client)


def endless(piece: Callable[[int], bytes]) -> Iterator[bytes]:
    yield b"GET / HTTP/1.1\r\nHost: a\r\n"
    yield from (piece(number) for number in range(2000))


BOMBS = {
    "one long header": endless(lambda n: b"a" * 10_000 if n else b"X-A: "),
    "many headers": endless(lambda n: b"".join(b"X-%d-%d: a\r\n" % (n, m) for m in range(500))),
    "a long address": (b"GET /" + b"a" * 10_000_000,),
    "a long trailer": (
        b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"X-A: a\r\n" * 1_000_000,
    ),
    "a long chunk extension": (
        b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"a" * 10_000_000,
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_head_bombs(calotype: Calotype, name: str) -> None:
    """Headers, addresses and trailers are refused at a bound, not gathered until memory ends."""
    with connected(calotype) as opened:
        send(opened, *BOMBS[name])
        try:
            answer = heard(opened)
        except ConnectionError:
            return  # refused so early that our own sending has reset the connection
    is_problem(answer, 431, "head_too_large")


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense(calotype: Calotype, name: str) -> None:
    """What is no HTTP/1.1 is told so, in the one form that errors have."""
    is_problem(exchange(calotype, NONSENSE[name]), 400, "malformed_http")


@pytest.mark.parametrize("host", [b"a:99999", b"a:b", b"a b", b"\xff", b"a/../b", b"<a>"])
def test_a_host_that_is_none(calotype: Calotype, client: httpx.Client, host: bytes) -> None:
    """A Host header that is none is refused before anything is kept."""
    before = kept(calotype)
    for path in ("/upload", "/images"):
        method = "POST" if path == "/upload" else "GET"
        content = photograph(8, 8) if path == "/upload" else b""
        answer = client.request(method, path, content=content, headers={b"Host": host})
        problem(answer, 400, "malformed_request")
    assert kept(calotype) == before


@pytest.mark.parametrize("apart", [False, True], ids=["at once", "in two pieces"])
@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket", b"TLS/1.3"])
def test_an_offer_to_speak_something_else(
    calotype: Calotype, upgrade: bytes, *, apart: bool
) -> None:
    """An upload that offers another protocol, as Java's client does, is taken as it is."""
    image = photograph(30, 20)
    head = (
        b"POST /upload HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"HTTP2-Settings: AAEAAEAAAAIAAAAA\r\nUpgrade: %s\r\nContent-Length: %d\r\n\r\n"
    ) % (upgrade, len(image))
    pieces = (head, image[:9], image[9:]) if apart else (head + image,)
    answer = exchange(calotype, *pieces)
    assert (answer.status, '"status":"completed"' in answer.text) == (200, True)


def test_one_request_after_the_other(calotype: Calotype) -> None:
    """Requests that are sent without waiting for answers are answered in their order."""
    ask = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
    with connected(calotype) as opened:
        send(opened, (ask % b"/healthz" + ask % b"/nobody") * 50)
        assert [heard_next(opened) for _ in range(100)] == [200, 404] * 50


def heard_next(opened: socket.socket) -> int:
    """Return the status of the next answer, reading not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += opened.recv(1)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while length:
        length -= len(opened.recv(length))
    return int(head.split()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc for the memory of a process")
def test_memory_stays_flat(calotype: Calotype) -> None:
    """Twenty uploads of 50 MB at once take a fraction of that memory: no body is held whole."""
    assert calotype.process is not None
    before = memory(calotype.process.pid, "VmRSS")

    async def body() -> AsyncIterator[bytes]:
        for _ in range(LARGE // PIECE):
            yield bytes(PIECE)

    async def everyone() -> list[int]:
        async with httpx.AsyncClient(base_url=calotype.url, timeout=120, trust_env=False) as client:
            asked = (client.post("/upload", content=body()) for _ in range(20))
            return [one.status_code for one in await asyncio.gather(*asked)]

    assert asyncio.run(everyone()) == [415] * 20
    peak = memory(calotype.process.pid, "VmHWM")
    print(f"memory: {before / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at its peak")  # noqa: T201 - a measurement
    assert peak - before < 4 * LARGE


def memory(pid: int, kind: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{kind}:")[1].split()[0]) * 1024
