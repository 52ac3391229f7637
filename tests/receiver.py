"""A receiver of webhooks: it writes down whatever comes, and answers as the path says.

In a test's own loop: async with Receiver.open() as receiver. As a process: python -m tests.receiver
--port N; GET /received tells what came, GET /received/ok/a what came to /ok/a, DELETE forgets it.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Self

from aiohttp import web

from tests import hosts
from tests.shop import babble, drip, keep_silent, pour, ramble, send_raw

GREETING = "The receiver is at "
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request: the path with its query, headers by their names in small letters, when."""

    path: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """What came, in its order."""

    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.received: list[Received] = []
        self.opening = asyncio.Event()  # what /gated waits for

    @classmethod
    @asynccontextmanager
    async def open(
        cls, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[Self]:
        """Listen at an address; port 0: a free one."""
        receiver = cls()
        async with hosts.listening(receiver.app(), host, port, tls) as where:
            receiver.url, receiver.port = where
            yield receiver

    def app(self) -> web.Application:
        """Return what answers."""
        app = web.Application(middlewares=[self._written_down])
        app.add_routes([web.post(path, handler) for path, handler in ROUTES.items()])
        app.router.add_post(r"/failing/{times:\d+}/{name:.*}", self._failing)
        app.router.add_post("/gated/{name:.*}", self._gated)
        app.router.add_get("/received{path:.*}", self._tell)
        app.router.add_delete("/received", self._forget)
        return app

    def at(self, path: str) -> Sequence[Received]:
        """Return what came to a path, whatever the query."""
        return [one for one in self.received if one.path.partition("?")[0] == path]

    @web.middleware
    async def _written_down(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "POST":
            headers = {name.lower(): value for name, value in request.headers.items()}
            body, now = await request.text(), time.time()
            one = Received(path=request.path_qs, headers=headers, body=body, at=now)
            self.received.append(one)
        try:
            return await handler(request)
        except ConnectionError:  # whoever called has left
            return web.Response()

    async def _failing(self, request: web.Request) -> web.Response:
        """Fail the first times, then take it."""
        times = int(request.match_info["times"])
        failing = len(self.at(request.path)) <= times
        return web.Response(status=500 if failing else 200, text="ill" if failing else "well")

    async def _gated(self, request: web.Request) -> web.Response:
        await self.opening.wait()
        return await take(request)

    async def _tell(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        came = self.at(path) if path.strip("/") else self.received
        return web.json_response([asdict(one) for one in came])

    async def _forget(self, _: web.Request) -> web.Response:
        self.received.clear()
        return web.Response(status=204)


async def take(_: web.Request) -> web.Response:
    return web.Response(text="taken")


async def answer(request: web.Request) -> web.Response:
    """Answer with a status, a Retry-After (?after) and as many words (?words) as asked for."""
    after, words = request.query.get("after"), int(request.query.get("words", "1"))
    return web.Response(
        status=int(request.match_info["status"]),
        headers={"Retry-After": after} if after else {},
        text="as you\nwish " * words,
    )


async def decline(_: web.Request) -> web.Response:
    return web.Response(status=410, text="no more")


async def ask_for_rest(request: web.Request) -> web.Response:
    seconds = request.match_info["seconds"]
    return web.Response(status=429, headers={"Retry-After": seconds})


async def redirect(request: web.Request) -> web.Response:
    """Lead to whatever ?url says, or to where it would be taken."""
    return web.Response(
        status=307, headers={"Location": request.query.get("url", "/ok/redirected")}
    )


async def take_slowly(request: web.Request) -> web.Response:
    await asyncio.sleep(float(request.match_info["seconds"]))
    return await take(request)


async def hang_up(request: web.Request) -> web.StreamResponse:
    return await send_raw(request, b"")


async def close(request: web.Request) -> web.StreamResponse:
    """Close in the middle of the answer; ?status says which (200)."""
    status = request.query.get("status", "200").encode()
    return await send_raw(request, b"HTTP/1.1 %b So\r\nContent-Length: 100\r\n\r\nta" % status)


async def say(request: web.Request) -> web.StreamResponse:
    """Send ?answer as it is, whether or not it is one."""
    return await send_raw(request, request.query["answer"].encode())


async def pack(_: web.Request) -> web.Response:
    return web.Response(body=b"\x1f\x8b\0\xff", headers={"Content-Encoding": "gzip"})


ROUTES: dict[str, Handler] = {
    "/ok/{name:.*}": take,
    r"/status/{status:\d+}/{name:.*}": answer,
    "/gone/{name:.*}": decline,
    "/redirect/{name:.*}": redirect,
    r"/slow/{seconds:[\d.]+}/{name:.*}": take_slowly,
    "/drip/{name:.*}": drip,
    "/pour/{name:.*}": pour,
    "/close/{name:.*}": close,
    "/hang-up/{name:.*}": hang_up,
    "/never/{name:.*}": keep_silent,
    "/babble/{name:.*}": babble,
    "/ramble/{name:.*}": ramble,
    "/raw/{name:.*}": say,
    "/packed/{name:.*}": pack,
    r"/retry-after/{seconds:\d+}/{name:.*}": ask_for_rest,
}


if __name__ == "__main__":
    hosts.run(Receiver.open, greeting=GREETING, description=__doc__)
