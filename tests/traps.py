"""A trap: it listens on this machine, and remembers whoever connects; and what may lead into it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Self

from aiohttp.abc import AbstractResolver, ResolveResult

# Every spelling of this machine's own address, as hosts of a URL.
LOOPBACKS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "127.000.000.001",
    "localhost",
    "LOCALHOST",
    "ⓛocalhost",
    "１２７.0.0.1",  # noqa: RUF001 - digits that look like digits
    "１２７。0。0。1",  # noqa: RUF001 - as above
    "127。0。0。1",
    "①②⑦.0.0.1",
    "0",
    "0.0.0.0",  # noqa: S104 - it is not listened on
    "0x0",
    "00000",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::1%25lo]",
    "[::1%lo]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:7f00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::FFFF:0:0]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[64:ff9b:1:7f00:0:100::]",
    "[2002:7f00:1::]",
    "[2002:7f00:1::1]",
    "[fe80::5efe:127.0.0.1]",
    "[2a00::5efe:127.0.0.1]",
    "[2a00::200:5efe:7f00:1]",
    "[2001:0:102:304::80ff:fffe]",
    "[2001:0:7f00:1::fefd:fcfb]",
]
# Further addresses that a stranger's URL must not lead to.
OTHERS = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[fd00:ec2::254]",
    "[fe80::a9fe:a9fe]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "0.1.2.3",
    "[fc00::1]",
    "[fd00::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[ff0e::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::8.8.8.8]",
    "[2002:a00:1::]",
    "[::10.0.0.1]",
    "[::8.8.8.8]",
]
Answers = Mapping[str, Sequence[Sequence[str]]]


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


class Names(AbstractResolver):
    """Names that lead wherever a test wants, to somewhere else each time; the last for ever."""

    def __init__(self, answers: Answers) -> None:
        self._answers = {name: list(those) for name, those in answers.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if (answers := self._answers.get(host)) is None:
            raise OSError(host)
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=one, port=port, family=_family(one), proto=0, flags=0)
            for one in addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
