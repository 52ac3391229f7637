"""Bodies that have to say that they are JSON."""

from typing import Any

from litestar import Request

from calotype_core.domain.problems import quote
from calotype_core.errors import MalformedRequestError, Rejected


class MalformedJsonError(MalformedRequestError):
    """The body is no JSON."""

    code = "malformed_json"


class NotJsonError(Rejected):
    """The body does not say that it is JSON (Content-Type: application/json)."""

    code = "not_json"
    status = 415


async def json_body(request: Request[Any, Any, Any]) -> bytes:
    """Return the body, which says that it is JSON where there is one; raises NotJsonError.

    A page of somebody else's may have a browser send anything here but that, unasked.
    """
    body = await request.body()
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and said != "application/json":
        raise NotJsonError(
            f"Send it with Content-Type: application/json, not {quote(said or None)}."
        )
    return body
