"""POST /upload: parse, call the verb, wait if asked to, answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar import MediaType, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from calotype_core.asking import read_prefer
from calotype_core.domain.events import ImageAccepted, ImageFailed
from calotype_core.errors import CalotypeError
from calotype_core.http.origin import origin_of
from calotype_core.http.problems import as_problem
from calotype_core.links import status_path
from calotype_core.outcomes import Outcomes, within
from calotype_ingest import answers
from calotype_ingest.accept_upload import Accepted, announce, receive_upload
from calotype_ingest.asked import Asked, read_asked, read_idempotency_key
from calotype_ingest.claims import AnsweredBefore
from calotype_ingest.door import Door
from calotype_ingest.errors import ImageFailedError, UploadTooLargeError
from calotype_ingest.openapi import UploadOperation
from calotype_ingest.request_body import AnyRequest, BodyLimits, hear_out, parts_of

_RESPONSES = {
    200: ResponseSpec(answers.CompletedBody, description="Done within the wait."),
    202: ResponseSpec(answers.ProcessingBody, description="Accepted, and not done yet."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadRoute:
    """The route's parts: the door, and those who wait."""

    door: Door
    outcomes: Outcomes

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @post(
            "/upload",
            tags=["upload"],
            responses=_RESPONSES,
            status_code=200,
            operation_class=UploadOperation,
        )
        async def upload(request: AnyRequest) -> Response[Any]:
            """Take one image (a raw body, or the multipart field file) or several (file repeated).

            Many at once, as one file: a CSV of image URLs, a ZIP, or a JSON list of URLs; a JSON
            object with one url is a single image. Fields or query parameters: instructions (JSON),
            callbackUrl, focalPoint (of one image), dryRun, strict. Headers: Prefer (wait=N or
            respond-async), Idempotency-Key, and Accept, whose image/avif and image/webp the format
            "auto" may then choose.
            """
            try:
                return await self.answer(request)
            except CalotypeError:
                await hear_out(request)
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
        base = origin_of(request, settings.public_url)
        self._refuse_early(request)
        accepted = await receive_upload(
            self.door,
            parts_of(request, self._limits()),
            read=partial(self._read, request.headers.get("accept", "")),
            query=dict(request.query_params),
            idempotency_key=read_idempotency_key(request.headers.get("idempotency-key")),
        )
        if isinstance(accepted, AnsweredBefore):
            return _replayed(accepted.answer)
        if accepted.dry_run:
            return Response(answers.tried(accepted), headers={"Cache-Control": "no-store"})
        try:
            response = await self._promise(accepted, wait_seconds, base)
        except ImageFailedError as error:
            response = as_problem(request, error)
        await self._remember(accepted, response)
        return response

    def _refuse_early(self, request: AnyRequest) -> None:
        settings = self.door.settings
        limits = {"CALOTYPE_REQUEST_MAX_BYTES": settings.request_max_bytes}
        if request.headers.get("content-type", "").startswith("image/"):
            limits["CALOTYPE_UPLOAD_MAX_BYTES"] = settings.upload_max_bytes
        announced = request.headers.get("content-length", "")
        for variable, most in limits.items():
            if announced.isdigit() and int(announced) > most:
                raise UploadTooLargeError(
                    f"The request says that it has {announced} bytes, over the limit of {most};"
                    f" send less at once, or have {variable} raised."
                )

    def _limits(self) -> BodyLimits:
        settings = self.door.settings
        return BodyLimits(
            most_bytes=settings.request_max_bytes,
            variable="CALOTYPE_REQUEST_MAX_BYTES",
            most_files=settings.request_max_files,
            pause_seconds=settings.upload_pause_seconds,
        )

    def _read(self, accept: str, fields: Mapping[str, str]) -> Asked:
        door = self.door
        return read_asked(fields, door.defaults.presets, door.settings, accept=accept)

    async def _promise(self, accepted: Accepted, wait_seconds: float, base: str) -> Response[Any]:
        event = accepted.event
        if not isinstance(event, ImageAccepted):
            await announce(self.door, accepted)
            return _accepted(answers.processing_job(event, accepted.report), event.job_id)
        with self.outcomes.expecting(event.image_id) as outcome:
            await announce(self.door, accepted)
            heard = await within(outcome, wait_seconds)
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
                "mediaType": response.media_type or MediaType.JSON,
                "body": msgspec.to_builtins(response.content),
            }
            await self.door.keys.answer(accepted.idempotency_key, json.dumps(told))


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
    return Response(
        told["body"], status_code=told["status"], media_type=told["mediaType"], headers=headers
    )
