"""The bad network itself: what it is told to do, it does, and nothing else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from tests.faults.proxy import Proxy


class Echo(BaseRequestHandler):
    """Answers what it is told, and keeps it."""

    heard: list[bytes]

    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while data := self.request.recv(1000):
                self.heard.append(data)
                self.request.sendall(data)


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def proxy(heard: list[bytes]) -> Iterator[Proxy]:
    handler = type("Handler", (Echo,), {"heard": heard})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Proxy("127.0.0.1", server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def told(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(1000)


def test_a_good_network(proxy: Proxy) -> None:
    """Unless it is told to be bad, it passes on what comes, both ways."""
    with closing(connected(proxy)) as connection:
        assert told(connection, b"one") == b"one"
        assert told(connection, b"two") == b"two"


def test_refusing(proxy: Proxy) -> None:
    """It breaks off and refuses, until it is healed."""
    with closing(connected(proxy)) as connection:
        assert told(connection, b"one") == b"one"
        proxy.refuse()
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.heal()
    with closing(connected(proxy)) as connection:
        assert told(connection, b"two") == b"two"


def test_silence(proxy: Proxy, heard: list[bytes]) -> None:
    """It holds back what is sent, and passes it on once it is healed."""
    with closing(connected(proxy)) as connection:
        assert told(connection, b"one") == b"one"
        proxy.fall_silent()
        connection.sendall(b"two")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1000)
        assert heard == [b"one"]
        proxy.heal()
        connection.settimeout(10)
        assert connection.recv(1000) == b"two"


def test_breaking_off(proxy: Proxy) -> None:
    """It breaks off what there is, and takes new connections."""
    with closing(connected(proxy)) as connection:
        assert told(connection, b"one") == b"one"
        proxy.break_off()
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)
    with closing(connected(proxy)) as connection:
        assert told(connection, b"two") == b"two"


def test_a_lost_answer(proxy: Proxy, heard: list[bytes]) -> None:
    """The server has what was asked, the client never hears of it; other requests are answered."""
    proxy.lose_answers(lambda data: data.startswith(b"PUT"))
    with closing(connected(proxy)) as connection:
        assert told(connection, b"GET") == b"GET"
        connection.sendall(b"PUT it")
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)
    assert heard == [b"GET", b"PUT it"]
    assert proxy.lost == 1
    with closing(connected(proxy)) as connection:
        assert told(connection, b"PUT it") == b"PUT it"


def test_an_answer_that_never_comes(proxy: Proxy, heard: list[bytes]) -> None:
    """A lost answer may also leave the client waiting."""
    proxy.lose_answers(lambda data: data.startswith(b"PUT"), ending="silent")
    with closing(connected(proxy)) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            told(connection, b"PUT it")
    assert heard == [b"PUT it"]
