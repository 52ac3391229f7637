"""A request's body as it comes: no longer, and no slower, than allowed; raw, or in parts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import multipart
from litestar import Request
from litestar.exceptions import InternalServerException

from calotype_ingest.errors import (
    ClientGoneError,
    MalformedMultipartError,
    UploadStalledError,
    UploadTooLargeError,
)
from calotype_ingest.parts import MultipartReader, Part, single_part

AnyRequest = Request[Any, Any, Any]
# A connection that is closed while its client still sends is reset, and the refusal is lost: hear
# the client out, but not for ever. (A connection that stays open needs no help: the server goes on
# reading, and forgets what it reads.)
_LINGER_SECONDS, _LINGER_PAUSE_SECONDS = 30.0, 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyLimits:
    """How much may come, in bytes and in files, and how long a pause in it may be.

    variable is what has the bytes raised.
    """

    most_bytes: int
    variable: str
    most_files: int
    pause_seconds: float


def parts_of(request: AnyRequest, limits: BodyLimits) -> AsyncIterator[Part]:
    """Return the request's parts; raises what is wrong with them as they are asked for.

    A raw body is one file.
    """
    body = _body(request, limits)
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        return single_part(body, request.query_params.get("filename"), content_type)
    _, options = multipart.parse_options_header(content_type)
    boundary = options.get("boundary")
    if not boundary:
        raise MalformedMultipartError("The Content-Type is multipart, but has no boundary.")
    return MultipartReader(body=body, boundary=boundary, most_parts=limits.most_files).parts()


async def _body(request: AnyRequest, limits: BodyLimits) -> AsyncIterator[bytes]:
    stream, heard = request.stream(), 0
    try:
        while True:
            async with asyncio.timeout(limits.pause_seconds):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            heard += len(chunk)
            if heard > limits.most_bytes:
                raise UploadTooLargeError(
                    f"The request is over the limit of {limits.most_bytes} bytes;"
                    f" send less at once, or have {limits.variable} raised."
                )
            if chunk:
                yield chunk
    except TimeoutError:
        raise UploadStalledError(
            f"Nothing more of the upload came for {limits.pause_seconds:g} seconds; send it again."
        ) from None
    except InternalServerException as error:  # how the framework says that the client has gone
        raise ClientGoneError("The client went away before it had sent everything.") from error


async def hear_out(request: AnyRequest) -> None:
    """Read what a client still sends whose connection ends with the answer, so that it hears it."""
    if not _closes(request):
        return
    with contextlib.suppress(Exception):  # whatever the rest is, the refusal is the answer
        stream = request.stream()
        async with asyncio.timeout(_LINGER_SECONDS):
            while True:
                async with asyncio.timeout(_LINGER_PAUSE_SECONDS):
                    await anext(stream)  # raises at the end


def _closes(request: AnyRequest) -> bool:
    """Whether the connection ends with the answer, and so the client's sending, too."""
    said = request.headers.get("connection", "").lower()
    return request.scope["http_version"] == "1.0" or "close" in said
