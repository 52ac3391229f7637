"""The clients: connections that are kept, bodies that go from file to socket within the kernel."""

import json
import os
import re
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.recipe import Made

_OK = 200
_TIMEOUT_SECONDS = 120
_RENDERED = re.compile(rb'^calotype_render_seconds_sum\{outcome="rendered"\} (\S+)$', re.MULTILINE)


class RefusedError(Exception):
    """An upload was not answered with its renditions."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How long an upload took from first byte to last, and what came of it."""

    seconds: float
    made: Mapping[str, Made]


class Client:
    """One connection to the product."""

    def __init__(self, host: str) -> None:
        self._connection = HTTPConnection(host)
        self._connection.connect()
        # The kernel's own time-out: with Python's, sendfile would wait and send by turns.
        self._connection.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _TIMEOUT_SECONDS, 0)
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def upload(self, photograph: Path, instructions: str = "") -> Answer:
        """Send the photograph and wait for its renditions; raises RefusedError.

        Without instructions it gets the product's default ones.
        """
        query = f"?instructions={quote(instructions)}" if instructions else ""
        headers = {"Content-Type": "image/jpeg", "Prefer": "wait=60"}
        status, body, took = self.post(f"/upload{query}", photograph, headers)
        if status != _OK:
            raise RefusedError(f"{photograph}: {status} {body.decode(errors='replace')}")
        return Answer(took, made_of(json.loads(body)))

    def post(self, target: str, path: Path, headers: Mapping[str, str]) -> tuple[int, bytes, float]:
        """Send the file; return status, body, and seconds from first byte to last."""
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            began = time.perf_counter()
            self._connection.putrequest("POST", target)
            for name, value in headers.items():
                self._connection.putheader(name, value)
            self._connection.putheader("Content-Length", str(size_bytes))
            self._connection.endheaders()
            self._send(file.fileno(), size_bytes)
            status, body = self._answer()
            return status, body, time.perf_counter() - began

    def _send(self, file: int, size_bytes: int) -> None:
        sent = 0
        while sent < size_bytes:
            sent += os.sendfile(self._connection.sock.fileno(), file, sent, size_bytes - sent)

    def rendering_seconds(self) -> float:
        """Return how long the product has spent rendering, by its own metric."""
        self._connection.request("GET", "/metrics")
        found = _RENDERED.search(self._answer()[1])
        return float(found[1]) if found else 0.0

    def _answer(self) -> tuple[int, bytes]:
        response = self._connection.getresponse()
        return response.status, response.read()


def made_of(image: Mapping[str, Any]) -> dict[str, Made]:
    """Return an image's renditions by name, as the product tells them."""
    return {
        one["name"]: Made(one["width"], one["height"], one["sizeBytes"])
        for one in image["renditions"]
    }


def upload_all(
    host: str, photographs: Sequence[Path], clients: int, instructions: str = ""
) -> Sequence[Answer]:
    """Upload the photographs in order, so many at a time."""
    waiting = iter(photographs)  # shared: a list's iterator hands out each item once

    def work(_: int) -> Sequence[Answer]:
        with closing(Client(host)) as client:
            return [client.upload(one, instructions) for one in waiting]

    with ThreadPoolExecutor(clients) as threads:
        return [answer for answers in threads.map(work, range(clients)) for answer in answers]
