"""Watermarks over HTTP: parse, call the verb, answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response, delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from calotype_core.domain.image_formats import CONTENT_TYPES
from calotype_core.errors import CalotypeError
from calotype_core.http.bodies import Body
from calotype_core.watermarks import StoredWatermark
from calotype_ingest.keep_watermark import WatermarkShelf
from calotype_ingest.openapi import WatermarkOperation
from calotype_ingest.request_body import AnyRequest, BodyLimits, hear_out, parts_of

_UNCACHED = {"Cache-Control": "no-store"}
_FRAME_BYTES = 64 * 1024  # what multipart adds to the file, at most


class WatermarkBody(Body, frozen=True, kw_only=True):
    """A stored watermark: what its name stands for now."""

    name: str
    format: str
    size_bytes: int
    sha256: str
    updated_at: datetime


class WatermarksBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """Every watermark that is stored, by name."""

    watermarks: list[WatermarkBody]


_RESPONSES = {
    200: ResponseSpec(WatermarkBody, description="It stands for other bytes now."),
    201: ResponseSpec(WatermarkBody, description="It is new."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class WatermarkRoutes:
    """The routes' parts."""

    shelf: WatermarkShelf
    pause_seconds: float

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""
        return [*self._writing(), *self._reading()]

    def _writing(self) -> Sequence[ControllerRouterHandler]:
        @put(
            "/watermarks/{name:str}",
            tags=["watermarks"],
            responses=_RESPONSES,
            operation_class=WatermarkOperation,
        )
        async def keep(request: AnyRequest, name: FromPath[str]) -> Response[WatermarkBody]:
            """Store a watermark under the name: a PNG, WebP, JPEG or GIF.

            It is a raw body, or the multipart field file. What it replaces is left to the
            renditions that are on their way; new ones are made with this.
            """
            try:
                stored, is_new = await self.shelf.keep(name, parts_of(request, self._limits()))
            except CalotypeError:
                await hear_out(request)
                raise
            return Response(_body(stored), status_code=201 if is_new else 200, headers=_UNCACHED)

        @delete("/watermarks/{name:str}", tags=["watermarks"], status_code=204)
        async def remove(name: FromPath[str]) -> None:
            """Remove a watermark and all that its name has stood for, if there is anything.

            Renditions that have it stay; what is still to be made with it fails.
            """
            await self.shelf.remove(name)

        return [keep, remove]

    def _reading(self) -> Sequence[ControllerRouterHandler]:
        @get("/watermarks", tags=["watermarks"])
        async def every() -> Response[WatermarksBody]:
            """List the watermarks that are stored."""
            stored = [_body(one) for one in await self.shelf.all()]
            return Response(WatermarksBody(watermarks=stored), headers=_UNCACHED)

        @get("/watermarks/{name:str}", tags=["watermarks"])
        async def show(name: FromPath[str]) -> Response[Any]:
            """Give a watermark's bytes, as they were stored."""
            stored = await self.shelf.find(name)
            return Stream(
                self.shelf.objects.get(stored.key),
                media_type=CONTENT_TYPES[stored.format],
                headers={
                    "ETag": f'"{stored.sha256}"',
                    "Cache-Control": "no-cache",
                    "Content-Length": str(stored.size_bytes),
                    "Content-Security-Policy": "default-src 'none'; sandbox",
                },
            )

        return [every, show]

    def _limits(self) -> BodyLimits:
        return BodyLimits(
            most_bytes=self.shelf.most_bytes + _FRAME_BYTES,
            variable="CALOTYPE_WATERMARK_MAX_BYTES",
            most_files=1,
            pause_seconds=self.pause_seconds,
        )


def _body(stored: StoredWatermark) -> WatermarkBody:
    return WatermarkBody(
        name=stored.name,
        format=stored.format,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        updated_at=stored.updated_at,
    )
