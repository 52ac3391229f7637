"""The JSON that more than one service answers with: camelCase, absent where nothing is known."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from calotype_core.domain.image import Failure, ImageMetadata, Rendition
from calotype_core.links import image_url


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A JSON object; what has no value is left out."""


class RenditionBody(Body, frozen=True, kw_only=True):
    """One rendition; sides in pixels."""

    name: str
    url: str
    format: str
    width: int
    height: int
    size_bytes: int
    sha256: str


class PlaceBody(Body, frozen=True, kw_only=True):
    """Where a picture was taken, in degrees (north and east are positive) and metres."""

    latitude: float
    longitude: float
    altitude: float | None = None


class ColourBody(Body, frozen=True, kw_only=True):
    """A dominant colour, as #rrggbb, and its part of the picture, 0 to 1."""

    hex: str
    share: float


class LabelBody(Body, frozen=True, kw_only=True):
    """Something that the picture shows, and how sure the model is, 0 to 1."""

    name: str
    confidence: float


class MetadataBody(Body, frozen=True, kw_only=True):
    """What is known of an original; sides in pixels, as a person sees them."""

    width: int
    height: int
    format: str
    size_bytes: int
    colour_mode: str
    orientation: int
    sha256: str
    pages: int
    has_alpha: bool
    duration_ms: int = 0
    exif: dict[str, str] = {}
    place: PlaceBody | None = None
    phash: str = ""
    blurhash: str = ""
    thumbhash: str = ""
    colours: list[ColourBody] = []
    labels: list[LabelBody] = []


class FailureBody(Body, frozen=True, kw_only=True):
    """Why an image failed."""

    code: str
    message: str


class TransitionBody(Body, frozen=True, kw_only=True):
    """A state that was entered, and when."""

    status: str
    at: datetime
    generation: int


def rendition_bodies(
    base: str, image_id: str, renditions: Sequence[Rendition]
) -> list[RenditionBody]:
    """Return renditions as clients see them; base is the origin of their URLs."""
    return [
        RenditionBody(
            name=one.name,
            url=image_url(base, image_id, one.name),
            format=one.format,
            width=one.width,
            height=one.height,
            size_bytes=one.size_bytes,
            sha256=one.sha256,
        )
        for one in renditions
    ]


def metadata_body(metadata: ImageMetadata | None) -> MetadataBody | None:
    """Return metadata as clients see it."""
    return msgspec.convert(metadata, MetadataBody, from_attributes=True) if metadata else None


def failure_body(failure: Failure | None) -> FailureBody | None:
    """Return a failure as clients see it."""
    return FailureBody(code=failure.code, message=failure.message) if failure else None
