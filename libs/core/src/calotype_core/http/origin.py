"""Where clients reach us, as the URLs that we tell them begin."""

from typing import Any

from litestar.connection import ASGIConnection

from calotype_core.errors import MalformedRequestError


def origin_of(connection: ASGIConnection[Any, Any, Any, Any], public_url: str) -> str:
    """Return public_url where it is set, else the http(s) origin that the client asked.

    Raises MalformedRequestError where its Host header names none.
    """
    if public_url:
        return public_url
    try:
        url = str(connection.base_url).rstrip("/")
    except ValueError:
        raise MalformedRequestError(
            "The Host header is no name or address with a port: send the one you connected to."
        ) from None
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url
