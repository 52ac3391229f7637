"""A web shop of ours: pictures under any name, and every way in which a host can behave badly.

In a test's own loop: async with Shop.open() as shop. As a process: python -m tests.shop --port N.
"""

import asyncio
import gzip
import ssl
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Self

from aiohttp import web

from tests import hosts
from tests.photographs import photograph

GREETING = "The shop is at "
PICTURES = 4
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@cache
def picture(number: int) -> bytes:
    """Return one of the few photographs that are for sale."""
    return photograph(320, 240, seed=number)


def picture_of(name: str) -> bytes:
    """Return the photograph that is under a name: the same each time."""
    return picture(sum(name.encode()) % PICTURES)


class Shop:
    """What was asked for, how often, how much of it at once, and with which headers."""

    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.visits: Counter[str] = Counter()
        self.asked: list[web.BaseRequest] = []
        self.guests = self.most_guests = 0
        self.visited = asyncio.Event()
        self.opening = asyncio.Event()  # what /gated waits for

    @classmethod
    @asynccontextmanager
    async def open(
        cls, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[Self]:
        """Open the shop at an address; port 0: a free one."""
        shop = cls()
        async with hosts.listening(shop.app(), host, port, tls) as where:
            shop.url, shop.port = where
            yield shop

    def app(self) -> web.Application:
        """Return what answers; /visits tells of it from outside."""
        app = web.Application(middlewares=[self._counted])
        app.add_routes([web.get(path, handler) for path, handler in ROUTES.items()])
        app.router.add_get("/visits", self._tell)
        app.router.add_get("/gated/{name:.*}", self._gated)
        app.router.add_get(r"/flaky/{times:\d+}/{name:.*}", self._flaky)
        return app

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.visits[request.path] += 1
        self.asked.append(request)
        self.visited.set()
        self.guests += 1
        self.most_guests = max(self.most_guests, self.guests)
        try:
            return await handler(request)
        except ConnectionError:  # whoever asked has left
            return web.Response()
        finally:
            self.guests -= 1

    async def _flaky(self, request: web.Request) -> web.StreamResponse:
        """Fail the first times, with ?status (503) and ?after (Retry-After), then serve."""
        if self.visits[request.path] <= int(request.match_info["times"]):
            return await fail(request)
        return await sell(request)

    async def _gated(self, request: web.Request) -> web.StreamResponse:
        await self.opening.wait()
        return await sell(request)

    async def _tell(self, _: web.Request) -> web.Response:
        return web.json_response(dict(self.visits))


async def sell(request: web.Request) -> web.Response:
    """Give the picture of the name."""
    response = web.Response(body=picture_of(request.match_info["name"]), content_type="image/jpeg")
    response.set_cookie("customer", "you")
    return response


async def sell_slowly(request: web.Request) -> web.Response:
    await asyncio.sleep(int(request.match_info["milliseconds"]) / 1000)
    return await sell(request)


async def fail(request: web.Request) -> web.Response:
    """Answer with a status, and a Retry-After where one is asked for."""
    status = int(request.match_info.get("status") or request.query.get("status", "503"))
    after = request.query.get("after")
    return web.Response(status=status, headers={"Retry-After": after} if after else {})


async def redirect(request: web.Request) -> web.Response:
    """Lead on as often as is said, then to the picture."""
    times, name = int(request.match_info["times"]), request.match_info["name"]
    onward = f"/redirect/{times - 1}/{name}" if times > 1 else f"/p/{name}"
    return web.Response(status=302, headers={"Location": onward})


async def lead(request: web.Request) -> web.Response:
    """Lead to whatever ?url says, or nowhere."""
    url = request.query.get("url")
    return web.Response(status=307, headers={"Location": url} if url else {})


async def loop(request: web.Request) -> web.Response:
    return web.Response(status=301, headers={"Location": request.path})


async def packed(request: web.Request) -> web.Response:
    """Give the picture compressed, though nobody asked for that; ?cut: not all of it."""
    encoding = request.match_info["encoding"]
    plain = picture_of(request.match_info["name"])
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "raw-deflate": lambda data: zlib.compress(data)[2:-4],
    }
    body = packers.get(encoding, bytes)(plain)
    if "cut" in request.query:
        body = body[: len(body) // 2]
    headers = {"Content-Encoding": encoding.removeprefix("raw-")}
    return web.Response(body=body, headers=headers)


@cache
def bomb_of(encoding: str) -> bytes:
    """Return 256 MiB of nothing, packed into a quarter of one."""
    packer = zlib.compressobj(level=1, wbits=31 if encoding == "gzip" else 15)
    blocks = [packer.compress(bytes(1024 * 1024)) for _ in range(256)]
    return b"".join([*blocks, packer.flush()])


async def bomb(request: web.Request) -> web.Response:
    encoding = request.match_info["encoding"]
    packed_bytes = await asyncio.to_thread(bomb_of, encoding)
    return web.Response(body=packed_bytes, headers={"Content-Encoding": encoding})


async def pour(request: web.Request) -> web.StreamResponse:
    """Send bytes for as long as somebody takes them, and say nothing of how many."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(256 * 1024))


async def drip(request: web.Request) -> web.StreamResponse:
    """Send a byte now and then, for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"\xff")
        await asyncio.sleep(float(request.query.get("every", "1")))


async def keep_silent(_: web.Request) -> web.Response:
    await asyncio.sleep(3600)
    raise AssertionError


async def empty(_: web.Request) -> web.Response:
    return web.Response()


async def page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><p>Sold out", content_type="text/html")


async def lie(request: web.Request) -> web.StreamResponse:
    """Send another number of bytes than is said: ?says more or fewer than there are."""
    body = picture_of(request.match_info["name"])
    length = int(request.query["says"])
    return await send_raw(request, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body)


async def babble(request: web.Request) -> web.StreamResponse:
    return await send_raw(request, b"Welcome to our shop!\r\n\r\n" * 100)


async def ramble(request: web.Request) -> web.StreamResponse:
    """Send one header after the other, for ever."""
    line = b"X-Words: %s\r\n" % (b"w" * 4000)
    await send_raw(request, b"HTTP/1.1 200 OK\r\n", last=False)
    while True:
        await send_raw(request, line, last=False)
        await asyncio.sleep(0)


async def send_raw(request: web.Request, data: bytes, *, last: bool = True) -> web.StreamResponse:
    """Send what is no answer as the server would have it; last: and close."""
    if request.transport is None:
        raise ConnectionResetError
    request.transport.write(data)
    if last:
        request.transport.close()
    return web.Response()  # which nobody gets


ROUTES: dict[str, Handler] = {
    "/p/{name:.*}": sell,
    r"/slow/{milliseconds:\d+}/{name:.*}": sell_slowly,
    r"/status/{status:\d+}/{name:.*}": fail,
    r"/redirect/{times:\d+}/{name:.*}": redirect,
    "/lead/{name:.*}": lead,
    "/loop/{name:.*}": loop,
    "/packed/{encoding}/{name:.*}": packed,
    "/bomb/{encoding}/{name:.*}": bomb,
    "/pour/{name:.*}": pour,
    "/drip/{name:.*}": drip,
    "/silent/{name:.*}": keep_silent,
    "/empty/{name:.*}": empty,
    "/page/{name:.*}": page,
    "/lie/{name:.*}": lie,
    "/babble/{name:.*}": babble,
    "/ramble/{name:.*}": ramble,
}


if __name__ == "__main__":
    hosts.run(Shop.open, greeting=GREETING, description=__doc__)
