"""Reads over HTTP: parse, look up, show."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import HttpMethod, Request, Response, get, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobRecord
from calotype_core.http.origin import origin_of
from calotype_core.ports.object_store import ObjectStore
from calotype_query import views
from calotype_query.deliver_image import ImageAnswer, alternatives, answer_for, choose_rendition
from calotype_query.look_up import LookUp

AnyRequest = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
Start = Annotated[int, QueryParameter(ge=0)]
_UNCACHED = {"Cache-Control": "no-store"}
_GET_HEAD = [HttpMethod.GET, HttpMethod.HEAD]
# Word for word what S3-pipeline clients were promised.
_UNKNOWN_FILE = {"message": "Image details not found for the given image identifier."}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRoutes:
    """The routes' parts."""

    look_up: LookUp
    objects: ObjectStore
    public_url: str

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""
        return [*self._status_routes(), *self._image_routes(), *self._delivery_routes()]

    def _status_routes(self) -> Sequence[ControllerRouterHandler]:
        @get("/status/{subject_id:str}", tags=["status"])
        async def status(
            request: AnyRequest, subject_id: FromPath[str], start: Start = 0, limit: Limit = 1000
        ) -> Response[views.ImageStatusBody | views.JobStatusBody]:
            """Say where an image or a job is: processing, completed or failed.

            A job also says how many wait, run, are done and failed, and lists its images from
            position start on, at most limit of them, in the order of the request.
            """
            subject = await self.look_up.subject(subject_id)
            base = self._base(request)
            if isinstance(subject, ImageRecord):
                return Response(views.image_status(base, subject), headers=_UNCACHED)
            body = await self._job(base, subject, start, limit)
            return Response(body, headers=_UNCACHED)

        @get("/images/uploads/{rest:path}", tags=["status"])
        async def status_by_name(request: AnyRequest, rest: FromPath[str]) -> Response[Any]:
            """Say everything known about the newest image that came in under this name.

            rest is {filename}/status; a file's name may itself have slashes in it.
            """
            if not rest.endswith("/status"):
                raise NotFoundException
            filename = rest.removeprefix("/").removesuffix("/status")
            record = await self.look_up.images.by_filename(filename)
            if record is None:
                return Response(_UNKNOWN_FILE, status_code=404, headers=_UNCACHED)
            return Response(views.image(self._base(request), record), headers=_UNCACHED)

        return [status, status_by_name]

    def _image_routes(self) -> Sequence[ControllerRouterHandler]:
        @get("/images", tags=["images"])
        async def images(
            request: AnyRequest, limit: Limit = 50, before: FromQuery[str | None] = None
        ) -> Response[views.ImagesBody]:
            """List images, newest first, a page at a time; before is the id to go on from."""
            records = await self.look_up.newest(limit, before)
            return Response(views.images(self._base(request), records, limit), headers=_UNCACHED)

        @get("/images/{image_id:str}", tags=["images"])
        async def image(request: AnyRequest, image_id: FromPath[str]) -> Response[views.ImageBody]:
            """Tell everything known about an image."""
            record = await self.look_up.image(image_id)
            return Response(views.image(self._base(request), record), headers=_UNCACHED)

        return [images, image]

    def _delivery_routes(self) -> Sequence[ControllerRouterHandler]:
        @route("/image/{image_id:str}", http_method=_GET_HEAD, tags=["delivery"])
        async def primary(request: AnyRequest, image_id: FromPath[str]) -> Response[Any]:
            """Send the image's first rendition. ETag, conditional requests and one range.

            Where that was made in AVIF or WebP as well, and Accept names it, the smallest.
            """
            return await self._deliver(request, image_id, None)

        @route("/image/{image_id:str}/{name:str}", http_method=_GET_HEAD, tags=["delivery"])
        async def rendition(
            request: AnyRequest, image_id: FromPath[str], name: FromPath[str]
        ) -> Response[Any]:
            """Send a rendition of the image by its name."""
            return await self._deliver(request, image_id, name)

        return [primary, rendition]

    async def _job(self, base: str, job: JobRecord, start: int, limit: int) -> views.JobStatusBody:
        items = await self.look_up.jobs.items(job.job_id, start=start, limit=limit)
        return views.job_status(base, job, items, limit)

    async def _deliver(self, request: AnyRequest, image_id: str, name: str | None) -> Response[Any]:
        record = await self.look_up.finished_image(image_id)
        asked = dict(request.headers)
        if request.method == HttpMethod.HEAD:
            asked.pop("range", None)  # RFC 9110, 14.2: ranges are for GET alone
        chosen = choose_rendition(record, name, asked.get("accept", ""))
        answer = answer_for(chosen, asked, varies=name is None and bool(alternatives(record)))
        if answer.stop == answer.start or request.method == HttpMethod.HEAD:
            return Response(b"", status_code=answer.status, headers=dict(answer.headers))
        return Stream(self._bytes(answer), status_code=answer.status, headers=dict(answer.headers))

    def _bytes(self, answer: ImageAnswer) -> AsyncIterator[bytes]:
        return self.objects.get(answer.rendition.key, start=answer.start, stop=answer.stop)

    def _base(self, request: AnyRequest) -> str:
        return origin_of(request, self.public_url)
