"""What the tests of bad input share: a refusal as it must be, and requests nobody should send."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.running import Calotype, Product

Json = dict[str, Any]
LONGEST_WAIT = 60  # seconds, before a test is given up
# What no stranger needs to know.
INSIDES = ("Traceback", "site-packages", ".py", "calotype_", str(Path.cwd()), str(Path.home()))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it came over a bare socket."""

    status: int
    content_type: str
    text: str


def problem(answer: httpx.Response, status: int, code: str) -> Json:
    """Return the problem document, having checked that it is one and says what to do."""
    told: Json = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert told["type"] == f"urn:calotype:problem:{code}"
    assert told["status"] == status
    assert told["title"]
    assert told["retry"] in {True, False}
    assert told["detail"].endswith("."), "a sentence"
    assert len(told["detail"].split()) > 3, "a sentence that says what to do"
    assert not [one for one in INSIDES if one in answer.text], "nothing of our insides"
    return told


def address(calotype: Product) -> tuple[str, int]:
    parts = urlsplit(calotype.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@contextmanager
def connected(calotype: Product) -> Iterator[socket.socket]:
    """Yield a bare connection."""
    with closing(socket.create_connection(address(calotype), timeout=LONGEST_WAIT)) as opened:
        yield opened


def exchange(calotype: Product, *pieces: bytes) -> Answer:
    """Send bytes that no client would, and return what comes back."""
    with connected(calotype) as opened:
        send(opened, *pieces)
        return heard(opened)


def send(opened: socket.socket, *pieces: bytes) -> None:
    """Send as much as the other side takes."""
    try:
        for piece in pieces:
            opened.sendall(piece)
    except OSError:
        return  # it has refused us in the middle of it: what it said is still to be read


def heard(opened: socket.socket) -> Answer:
    """Return the answer on a connection, as Python's own client reads it."""
    response = HTTPResponse(opened)
    response.begin()
    text = response.read().decode()
    return Answer(status=response.status, content_type=response.headers["content-type"], text=text)


def kept(calotype: Calotype) -> set[Path]:
    """Return the files that uploads leave: originals, manifests, and what is not whole yet."""
    objects = calotype.data_dir / "objects"
    folders = (objects / "originals", objects / "jobs", objects / ".partial")
    return {one for folder in folders for one in folder.rglob("*") if one.is_file()}


def eventually_kept(calotype: Calotype, expected: set[Path]) -> bool:
    """Whether these files and no others are there, soon."""
    pause = threading.Event()
    for _ in range(LONGEST_WAIT * 10):
        if kept(calotype) == expected:
            return True
        pause.wait(0.1)
    return False


def settled(client: httpx.Client, image_id: str) -> Json:
    """Return the status of an image once it is completed or failed."""
    pause = threading.Event()
    told: Json = {}
    for _ in range(LONGEST_WAIT * 10):
        answer = client.get(f"/status/{image_id}")
        told = answer.json()
        if answer.status_code != 503 and told["status"] != "processing":
            return told
        pause.wait(0.1)
    raise AssertionError(told)


def on_record(client: httpx.Client, image_id: str) -> Json:
    """Return all that is known of an image once it is completed or failed."""
    settled(client, image_id)
    found: Json = client.get(f"/images/{image_id}").json()
    return found
