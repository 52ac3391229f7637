"""What is asked for wrongly is refused with a problem, and nobody climbs out of the API."""

import uuid

import httpx
import pytest

from calotype_core.domain.ids import make_id
from tests.flow.clumsy import exchange, problem
from tests.photographs import photograph
from tests.running import Product

NEVER_WAS = make_id(1_700_000_000_000, 7)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/images?limit=0", "limit"),
        ("/images?limit=x", "limit"),
        ("/images?limit=1001", "limit"),
        ("/images?limit=" + "9" * 5000, "limit"),
        (f"/status/{NEVER_WAS}?start=-1", "start"),
        (f"/status/{NEVER_WAS}?limit=%00", "limit"),
    ],
)
def test_bad_parameters(client: httpx.Client, path: str, parameter: str) -> None:
    """A parameter out of its range is named, with what was expected and what came."""
    [error] = problem(client.get(path), 400, "malformed_request")["errors"]
    assert error["path"] == parameter
    assert error["expected"].startswith("a whole number")
    assert error["got"].startswith('"')


BY_ID = ["/status/{}", "/images/{}", "/image/{}", "/image/{}/optimised"]


@pytest.mark.parametrize("path", BY_ID)
def test_an_id_that_never_was(client: httpx.Client, path: str) -> None:
    """An id of the right form that nothing has is not found."""
    assert NEVER_WAS in problem(client.get(path.format(NEVER_WAS)), 404, "unknown_id")["detail"]


@pytest.mark.parametrize("path", [*BY_ID, "/images?before={}"])
@pytest.mark.parametrize(
    "text", ["1", "x" * 5000, "%F0%9F%96%BC", str(uuid.UUID(int=0)), f"%7B{NEVER_WAS}%7D"]
)
def test_no_id(client: httpx.Client, path: str, text: str) -> None:
    """What can be no id is called that."""
    problem(client.get(path.format(text)), 400, "malformed_id")


@pytest.mark.parametrize("path", BY_ID)
def test_a_nul_for_an_id(client: httpx.Client, path: str) -> None:
    """A NUL is refused, by the service or by a gateway that lets none through."""
    answer = client.get(path.format("%00"))
    problem(answer, 400, answer.json()["code"])
    assert answer.json()["code"] in {"malformed_id", "malformed_request"}


def test_a_rendition_that_is_not(client: httpx.Client) -> None:
    """Who asks for another rendition is told which there are."""
    image_id = client.post("/upload", content=photograph(64, 64)).json()["imageId"]
    told = problem(client.get(f"/image/{image_id}/poster"), 404, "unknown_rendition")
    assert "640x480" in told["detail"]


@pytest.mark.parametrize(
    "path",
    ["/nobody", "/status", "/upload/more", "/images/uploads/a.jpg", "/image//", "/.git/config"],
)
def test_an_unknown_route(client: httpx.Client, path: str) -> None:
    """An address that is none is not found, as a problem."""
    problem(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/upload"), ("PUT", "/images"), ("DELETE", "/"), ("POST", f"/image/{NEVER_WAS}")],
)
def test_a_wrong_method(client: httpx.Client, method: str, path: str) -> None:
    """A method that an address does not take is refused; both say which it takes."""
    answer = client.request(method, path)
    told = problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] in told["detail"]


@pytest.mark.parametrize(
    "path",
    [
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/../../pyproject.toml",
        b"/..%2f..%2fpyproject.toml",
        b"/%2e%2e%5cpyproject.toml",
        b"//etc/passwd",
        b"/image/%2e%2e/%2e%2e",
        b"/image/" + NEVER_WAS.encode() + b"/..%2f..%2fcalotype.sqlite3",
        b"/images/uploads/..%2f..%2f..%2fetc%2fpasswd/status",
        b"/images/uploads/%00/status",
        b"/app.js/../index.html",
        b"/%ff%fe",
    ],
)
def test_a_path_out_of_here(calotype: Product, path: bytes) -> None:
    """A path that climbs finds nothing but a refusal."""
    answer = exchange(calotype, b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.status in {400, 404}
    assert answer.content_type in {"application/problem+json", "application/json"}
    assert "root:" not in answer.text
    assert "[project]" not in answer.text
