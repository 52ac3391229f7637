"""The page: the files of web/, and a readable view of the API."""

import mimetypes
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

SCHEMA_PAGE = "schema.html"
_HEADERS = {"Cache-Control": "no-cache"}
_CHARSET = "; charset=utf-8"


def web_folder() -> Path:
    """Return where the page's files are: in the package, or beside the source in a checkout."""
    packaged = Path(str(files("calotype") / "web"))
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "web"


def page_routes(folder: Path) -> Sequence[ControllerRouterHandler]:
    """Return a route for each file of the page; / is index.html."""
    contents = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}

    def answer(name: str) -> Response[bytes]:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if kind.endswith(("javascript", "svg+xml")) and not kind.startswith("text/"):
            kind += _CHARSET  # the framework says it of text/… alone
        return Response(contents[name], media_type=kind, headers=_HEADERS)

    @get("/", include_in_schema=False)
    async def index() -> Response[bytes]:
        return answer("index.html")

    @get(
        [f"/{name}" for name in contents if name not in {"index.html", SCHEMA_PAGE}],
        include_in_schema=False,
    )
    async def file(request: Request[Any, Any, Any]) -> Response[bytes]:
        return answer(request.url.path.removeprefix("/"))

    return [index, file]
