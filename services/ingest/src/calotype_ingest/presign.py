"""POST /uploads: a place in the bucket's inbox, which the client sends its image to by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from calotype_core.http.bodies import Body
from calotype_core.http.origin import origin_of
from calotype_core.links import status_by_name_path
from calotype_core.ports.inbox import PREFIX
from calotype_core.ports.object_store import InvalidKeyError, SupportsPresign, check_key
from calotype_ingest.answers import PresignedBody
from calotype_ingest.door import Door
from calotype_ingest.errors import PresignUnsupportedError
from calotype_ingest.filenames import clean_filename
from calotype_ingest.openapi import PresignOperation

_MOST_BYTES = 16 * 1024
_RESPONSES = {201: ResponseSpec(PresignedBody, description="A place, which is nobody else's.")}
_UNNAMED = "image"
_LONGEST_NAME_BYTES = 255  # some stores take no longer ones, nor do disks


class WishBody(Body, frozen=True, kw_only=True):
    """What the image is called."""

    filename: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PresignRoute:
    """The route's parts."""

    door: Door

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @post(
            "/uploads",
            tags=["upload"],
            responses=_RESPONSES,
            operation_class=PresignOperation,
            request_max_body_size=_MOST_BYTES,
        )
        async def presign(
            request: Request[Any, Any, Any], data: JSONBody[WishBody | None] = None
        ) -> Response[PresignedBody]:
            """Give a URL that one image may be PUT to, straight into the store.

            Once it is there it is processed without another call. Until then its status is unknown.
            """
            base = origin_of(request, self.door.settings.public_url)
            body = await presigned(self.door, data.filename if data else None, base)
            headers = {
                "Location": body.status_url.removeprefix(base),
                "Cache-Control": "no-store",
            }
            return Response(body, status_code=201, headers=headers)

        return [presign]


async def presigned(door: Door, filename: str | None, base: str) -> PresignedBody:
    """Return a place for one image. Raises PresignUnsupportedError, InvalidKeyError, Unavailable.

    Its key is its own, so that its status can be nobody else's.
    """
    if not isinstance(door.objects, SupportsPresign):
        raise PresignUnsupportedError(
            "This Calotype keeps its images in a folder, which cannot be sent to: send the image"
            " itself to POST /upload."
        )
    name = f"{door.ids.new()}/{_name(filename)}"
    key = check_key(f"{PREFIX}{name}")
    seconds = door.settings.presign_seconds
    return PresignedBody(
        upload_url=await door.objects.presigned_put(key, expires_seconds=seconds),
        method="PUT",
        key=key,
        expires_at=door.clock.now() + timedelta(seconds=seconds),
        status_url=f"{base}{status_by_name_path(name)}",
    )


def _name(filename: str | None) -> str:
    name = clean_filename(filename)
    if name is None or name in {".", ".."}:
        return _UNNAMED
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise InvalidKeyError(
            f"The filename {name[:40]!r}… is over {_LONGEST_NAME_BYTES} bytes: shorten it."
        )
    return name
