"""What events are made of, to Protobuf messages and back; reading raises ValueError."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from calotype_core.domain.image import (
    Colour,
    Failure,
    FocalPoint,
    ImageMetadata,
    Label,
    Original,
    Place,
    Rendition,
)
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.wire import events_pb2 as pb

ValueT = TypeVar("ValueT")


def write_original(original: Original) -> pb.Original:
    """Return the message of the original."""
    return pb.Original(key=original.key, size_bytes=original.size_bytes, sha256=original.sha256)


def read_original(message: pb.Original) -> Original:
    """Return the original in the message; raises ValueError."""
    return Original(
        key=needed(message.key, "original.key"),
        size_bytes=message.size_bytes,
        sha256=message.sha256,
    )


def write_metadata(metadata: ImageMetadata) -> pb.ImageMetadata:
    """Return the message of the metadata."""
    return pb.ImageMetadata(
        width=metadata.width,
        height=metadata.height,
        format=metadata.format,
        size_bytes=metadata.size_bytes,
        colour_mode=metadata.colour_mode,
        orientation=metadata.orientation,
        sha256=metadata.sha256,
        pages=metadata.pages,
        has_alpha=metadata.has_alpha,
        duration_ms=metadata.duration_ms,
        exif=metadata.exif,
        place=_write_place(metadata.place) if metadata.place else None,
        phash=metadata.phash,
        blurhash=metadata.blurhash,
        thumbhash=metadata.thumbhash,
        colours=[pb.Colour(hex=one.hex, share=one.share) for one in metadata.colours],
        labels=[pb.Label(name=one.name, confidence=one.confidence) for one in metadata.labels],
    )


def read_metadata(message: pb.ImageMetadata) -> ImageMetadata:
    """Return the metadata in the message; raises ValueError."""
    return ImageMetadata(
        width=needed(message.width, "metadata.width"),
        height=needed(message.height, "metadata.height"),
        format=message.format,
        size_bytes=message.size_bytes,
        colour_mode=message.colour_mode,
        orientation=message.orientation,
        sha256=message.sha256,
        pages=message.pages,
        has_alpha=message.has_alpha,
        duration_ms=message.duration_ms,
        exif=dict(message.exif),
        place=_read_place(message.place) if message.HasField("place") else None,
        phash=message.phash,
        blurhash=message.blurhash,
        thumbhash=message.thumbhash,
        colours=tuple(Colour(hex=one.hex, share=one.share) for one in message.colours),
        labels=tuple(Label(name=one.name, confidence=one.confidence) for one in message.labels),
    )


def _write_place(place: Place) -> pb.Place:
    return pb.Place(latitude=place.latitude, longitude=place.longitude, altitude=place.altitude)


def _read_place(message: pb.Place) -> Place:
    return Place(
        latitude=message.latitude,
        longitude=message.longitude,
        altitude=optional(message, "altitude", message.altitude),
    )


def write_focal_point(point: FocalPoint | None) -> pb.FocalPoint | None:
    """Return the message of the focal point, where there is one."""
    return pb.FocalPoint(x=point.x, y=point.y) if point else None


def read_focal_point(message: Message, point: pb.FocalPoint) -> FocalPoint | None:
    """Return the focal point in the message that may have one."""
    return FocalPoint(x=point.x, y=point.y) if message.HasField("focal_point") else None


def write_rendition(rendition: Rendition) -> pb.Rendition:
    """Return the message of the rendition."""
    return pb.Rendition(
        name=rendition.name,
        key=rendition.key,
        format=rendition.format,
        width=rendition.width,
        height=rendition.height,
        size_bytes=rendition.size_bytes,
        sha256=rendition.sha256,
    )


def read_rendition(message: pb.Rendition) -> Rendition:
    """Return the rendition in the message; raises ValueError."""
    return Rendition(
        name=needed(message.name, "rendition.name"),
        key=needed(message.key, "rendition.key"),
        format=message.format,
        width=message.width,
        height=message.height,
        size_bytes=message.size_bytes,
        sha256=message.sha256,
    )


def write_failure(failure: Failure) -> pb.Failure:
    """Return the message of the failure."""
    return pb.Failure(code=failure.code, message=failure.message)


def read_failure(message: pb.Failure) -> Failure:
    """Return the failure in the message; raises ValueError."""
    return Failure(code=needed(message.code, "failure.code"), message=message.message)


# The images of a job share their instructions: parsed once, not 100,000 times.
@lru_cache(maxsize=64)
def instructions(text: str) -> Instructions:
    """Return the instructions that the canonical text holds; raises ValueError."""
    return parse_instructions(text, presets={})


def stamp(at: datetime) -> Timestamp:
    """Return the time as Protobuf has it."""
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def time(message: Message, name: str, stamp: Timestamp) -> datetime:
    """Return the time in the field called name; raises ValueError where it is missing."""
    if not message.HasField(name):
        raise ValueError(f"{name} is missing")
    return stamp.ToDatetime(tzinfo=UTC)


def optional(message: Message, name: str, value: ValueT) -> ValueT | None:
    """Return the field's value, or None where it is not there."""
    return value if message.HasField(name) else None


def needed(value: ValueT, name: str) -> ValueT:
    """Return the value; raises ValueError where it is missing."""
    if not value:
        raise ValueError(f"{name} is missing")
    return value
