"""POST /process: parse, call the verb, answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from calotype_core.asking import read_prefer, with_watermarks
from calotype_core.domain.instructions_parser import Presets
from calotype_core.http.bodies import Body, RenditionBody, rendition_bodies
from calotype_core.http.json_body import json_body
from calotype_core.http.origin import origin_of
from calotype_core.links import status_path
from calotype_core.ports.object_store import ObjectStore
from calotype_query.openapi import ProcessOperation
from calotype_query.process_wish import read_wish
from calotype_query.request_renditions import RenditionDesk
from calotype_query.settings import QuerySettings

_MOST_BYTES = 128 * 1024


class RequestedBody(Body, frozen=True, kw_only=True):
    """Everything that was asked for is there (200). requestId: where something had to be made."""

    status: str
    image_id: str
    request_id: str | None = None
    renditions: list[RenditionBody]


class RequestingBody(Body, frozen=True, kw_only=True):
    """What was asked for is being made (202)."""

    status: str
    image_id: str
    request_id: str | None = None
    message: str


_RESPONSES = {
    200: ResponseSpec(RequestedBody, description="There, or done within the wait."),
    202: ResponseSpec(RequestingBody, description="Accepted, and not done yet."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessRoute:
    """The route's parts."""

    desk: RenditionDesk
    objects: ObjectStore
    presets: Presets
    settings: QuerySettings

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @post(
            "/process",
            tags=["process"],
            responses=_RESPONSES,
            status_code=200,
            operation_class=ProcessOperation,
            request_max_body_size=_MOST_BYTES,
        )
        async def process(request: Request[Any, Any, Any]) -> Response[Any]:
            """Have more renditions made of an image that is already here; what there is stays.

            Asked again, what is there is answered at once, and nothing is made twice. Without a
            name a rendition is called by its recipe's digest. Header: Prefer (wait=N or
            respond-async).
            """
            return await self.answer(request)

        return [process]

    async def answer(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Request what the body asks for, wait, and say what became of it."""
        wait_seconds = read_prefer(
            request.headers.get("prefer"),
            default_seconds=self.settings.wait_seconds,
            longest_seconds=self.settings.longest_wait_seconds,
        )
        wish = read_wish(await json_body(request), self.presets, self.settings)
        # The very bytes of a watermark are part of what is asked: a new logo is another rendition.
        wish = replace(wish, instructions=await with_watermarks(wish.instructions, self.objects))
        base = origin_of(request, self.settings.public_url)
        made = await self.desk.request(wish, wait_seconds)
        where = status_path(made.image_id)
        headers = {"Location": where, "Cache-Control": "no-store"}
        if made.renditions is None:
            processing = RequestingBody(
                status="processing",
                image_id=made.image_id,
                request_id=made.request_id,
                message=f"Renditions are being made, check {where}",
            )
            return Response(processing, status_code=202, headers=headers)
        completed = RequestedBody(
            status="completed",
            image_id=made.image_id,
            request_id=made.request_id,
            renditions=rendition_bodies(base, made.image_id, made.renditions),
        )
        return Response(completed, status_code=200, headers=headers)
