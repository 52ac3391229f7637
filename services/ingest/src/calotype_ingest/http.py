"""POST /upload: parse, call the verb, wait if asked to, answer."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import multipart
from litestar import Request, Response, post
from litestar.exceptions import InternalServerException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from calotype_core.domain.events import ImageAccepted, ImageFailed, ImageOutcome
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets
from calotype_core.errors import Rejected
from calotype_core.links import status_path
from calotype_ingest import answers
from calotype_ingest.accept_upload import Accepted, Door, announce, receive_upload
from calotype_ingest.asked import Asked, read_asked, read_idempotency_key, read_prefer
from calotype_ingest.errors import (
    ClientGoneError,
    MalformedMultipartError,
    UploadTooLargeError,
)
from calotype_ingest.outcomes import Outcomes
from calotype_ingest.parts import MultipartReader, Part, single_part

AnyRequest = Request[Any, Any, Any]
_RESPONSES = {
    200: ResponseSpec(answers.CompletedBody, description="Done within the wait."),
    202: ResponseSpec(answers.ProcessingBody, description="Accepted, and not done yet."),
}
# A client that is refused while it sends reads the answer only once it has sent: hear it out, but
# not for ever.
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadRoute:
    """The route's parts: the door, those who wait, and what is made without instructions."""

    door: Door
    outcomes: Outcomes
    default: Instructions
    presets: Presets

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @post("/upload", tags=["upload"], responses=_RESPONSES, status_code=200)
        async def upload(request: AnyRequest) -> Response[Any]:
            """Take one image (a raw body, or the multipart field file) or several (file repeated).

            Fields or query parameters: instructions (JSON), callbackUrl. Headers: Prefer (wait=N or
            respond-async), Idempotency-Key.
            """
            try:
                return await self.answer(request)
            except Rejected:
                await _hear_out(request)
                raise

        return [upload]

    async def answer(self, request: AnyRequest) -> Response[Any]:
        """Take the request in, promise it, and answer it."""
        settings = self.door.settings
        wait_seconds = read_prefer(
            request.headers.get("prefer"),
            default_seconds=settings.wait_seconds,
            longest_seconds=settings.longest_wait_seconds,
        )
        self._refuse_early(request)
        accepted = await receive_upload(
            self.door,
            self._parts(request),
            read=self._read,
            query=dict(request.query_params),
            idempotency_key=read_idempotency_key(request.headers.get("idempotency-key")),
        )
        if accepted.answered_before is not None:
            return _replayed(accepted.answered_before)
        response = await self._promise(accepted, wait_seconds, self._base(request))
        await self._remember(accepted, response)
        return response

    def _refuse_early(self, request: AnyRequest) -> None:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self.door.settings.request_max_bytes:
            raise UploadTooLargeError(
                f"The request says that it has {announced} bytes, over the limit of"
                f" {self.door.settings.request_max_bytes} (CALOTYPE_REQUEST_MAX_BYTES)."
            )

    def _parts(self, request: AnyRequest) -> AsyncIterator[Part]:
        content_type = request.headers.get("content-type", "")
        if not content_type.lower().startswith("multipart/"):
            return single_part(_body(request), request.query_params.get("filename"))
        _, options = multipart.parse_options_header(content_type)
        boundary = options.get("boundary")
        if not boundary:
            raise MalformedMultipartError("The Content-Type is multipart, but has no boundary.")
        return MultipartReader(
            body=_body(request),
            boundary=boundary,
            most_parts=self.door.settings.request_max_files,
        ).parts()

    def _read(self, fields: Mapping[str, str]) -> Asked:
        return read_asked(fields, default=self.default, presets=self.presets)

    def _base(self, request: AnyRequest) -> str:
        return self.door.settings.public_url or str(request.base_url).rstrip("/")

    async def _promise(self, accepted: Accepted, wait_seconds: float, base: str) -> Response[Any]:
        event = accepted.event
        if not isinstance(event, ImageAccepted):
            await announce(self.door, accepted)
            return _accepted(answers.processing_job(event.job_id), event.job_id)
        with self.outcomes.expecting(event.image_id) as outcome:
            await announce(self.door, accepted)
            heard = await _within(outcome, wait_seconds)
        if heard is None:
            return _accepted(answers.processing_image(event.image_id), event.image_id)
        if isinstance(heard, ImageFailed):
            raise answers.failed(heard)
        return Response(
            answers.completed(base, heard),
            status_code=200,
            headers={"Location": status_path(event.image_id), "Cache-Control": "no-store"},
        )

    async def _remember(self, accepted: Accepted, response: Response[Any]) -> None:
        if accepted.idempotency_key is not None:
            told = {
                "status": response.status_code,
                "location": response.headers["Location"],
                "body": msgspec.to_builtins(response.content),
            }
            await self.door.keys.answer(accepted.idempotency_key, json.dumps(told))


async def _body(request: AnyRequest) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except InternalServerException as error:  # how the framework says that the client has gone
        raise ClientGoneError("The client went away before it had sent everything.") from error


async def _hear_out(request: AnyRequest) -> None:
    heard = 0
    with contextlib.suppress(Exception):  # whatever the rest is, the refusal is the answer
        async with asyncio.timeout(_LINGER_SECONDS):
            async for chunk in request.stream():
                heard += len(chunk)
                if heard > _LINGER_BYTES:
                    return


async def _within(
    outcome: "asyncio.Future[ImageOutcome] | None", wait_seconds: float
) -> ImageOutcome | None:
    if outcome is None or wait_seconds <= 0:
        return None
    done, _ = await asyncio.wait([outcome], timeout=wait_seconds)
    return outcome.result() if done else None


def _accepted(body: answers.ProcessingBody, subject_id: str) -> Response[Any]:
    headers = {"Location": status_path(subject_id), "Cache-Control": "no-store"}
    return Response(body, status_code=202, headers=headers)


def _replayed(answer: str) -> Response[Any]:
    told = json.loads(answer)
    headers = {
        "Location": told["location"],
        "Cache-Control": "no-store",
        "Idempotency-Replayed": "true",
    }
    return Response(told["body"], status_code=told["status"], headers=headers)
