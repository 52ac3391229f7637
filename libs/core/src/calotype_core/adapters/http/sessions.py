"""How strangers' servers are spoken to, whatever is wanted of them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from aiohttp import AddrInfoType, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver

from calotype_core.domain.addresses import Network, is_permitted

_HEADERS = {
    "User-Agent": f"Calotype/{version('calotype-core')}",
    "Accept-Encoding": "identity",  # bombs are not asked for
}


class AddressForbidden(Exception):  # noqa: N818 - no OSError, for which the next address is tried
    """A connection would lead where none may."""


@asynccontextmanager
async def open_session(
    resolver: AbstractResolver,
    *,
    allowed: Sequence[Network],
    timeouts: ClientTimeout,
    idle_seconds: float,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[ClientSession]:
    """Yield a client that connects to public and allowed addresses alone; nobody is asked yet.

    Never through a proxy, never with cookies. Certificates are checked against the system's;
    SSL_CERT_FILE names others. A connection that nobody uses is kept for the idle seconds. The
    number of connections is bounded by whoever asks for them.
    """
    trust = await asyncio.to_thread(ssl.create_default_context)
    async with ClientSession(
        connector=_connector(allowed, resolver, trust, idle_seconds),
        timeout=timeouts,
        headers={**_HEADERS, **(headers or {})},
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        try:
            yield session
        finally:
            await resolver.close()


def _connector(
    allowed: Sequence[Network],
    resolver: AbstractResolver,
    trust: ssl.SSLContext,
    idle_seconds: float,
) -> TCPConnector:
    def socket_to(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_permitted(str(address[0]), allowed):
            raise AddressForbidden(address[0])
        return socket.socket(family, kind, protocol)

    return TCPConnector(
        resolver=resolver,
        socket_factory=socket_to,
        ssl=trust,
        limit=0,
        keepalive_timeout=idle_seconds,
        # One address after the other: the race of several swallows a refusal of ours.
        happy_eyeballs_delay=None,
    )
