import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from calotype.page import SCHEMA_PAGE, page_routes, web_folder


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar(list(page_routes(web_folder())))) as opened:
        yield opened


def test_the_pages_files_are_found() -> None:
    """Wherever it is installed, the page's folder has the page and the schema's view."""
    names = {one.name for one in web_folder().iterdir()}
    assert {"index.html", SCHEMA_PAGE, "style.css"} <= names


def test_the_page_is_at_the_root(client: TestClient[Litestar]) -> None:
    """/ is the page, as HTML in UTF-8."""
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_everything_that_the_page_names_is_served(client: TestClient[Litestar]) -> None:
    """Each file that the page refers to is there, with a type that a browser believes."""
    page = client.get("/").text
    named = re.findall(r'(?:src|href)="/?([\w.-]+\.\w+)"', page)
    assert named
    for name in named:
        answer = client.get(f"/{name}")
        assert (answer.status_code, bool(answer.content)) == (200, True), name
        kind = answer.headers["content-type"]
        assert kind.startswith(("text/css", "text/javascript", "image/svg+xml")), name
        assert "charset=utf-8" in kind


def test_nothing_else_is_served(client: TestClient[Litestar]) -> None:
    """Only the page's own files are served, however a path is written."""
    for path in ("/pyproject.toml", "/../pyproject.toml", "/%2e%2e/pyproject.toml", "/index.html"):
        assert client.get(path).status_code == 404
