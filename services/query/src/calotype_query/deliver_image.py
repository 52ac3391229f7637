"""Deliver an image's bytes, as HTTP caches like them (RFC 9110, 9111)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from calotype_core.domain.accept import accepted_formats
from calotype_core.domain.image import ImageRecord, Rendition
from calotype_core.domain.image_formats import CONTENT_TYPES
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.lifecycle import Status
from calotype_query.errors import (
    ImageHasFailedError,
    ImageNotReadyError,
    RangeNotSatisfiableError,
    UnknownRenditionError,
)

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_OK, _PARTIAL, _NOT_MODIFIED = 200, 206, 304


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageAnswer:
    """What to send: a status, headers, and which bytes (start up to, not including, stop)."""

    status: int
    headers: Mapping[str, str]
    rendition: Rendition
    start: int = 0
    stop: int = 0


def choose_rendition(record: ImageRecord, name: str | None, accept: str = "") -> Rendition:
    """Return the rendition asked for, the first where none is; raises where there is none.

    Where the first was made in several formats, the smallest of those that the client names.
    """
    if found := record.rendition(name):
        accepted = accepted_formats(accept) if name is None else ()
        named = (one for one in alternatives(record) if one.format in accepted)
        return min(found, *named, key=lambda one: one.size_bytes) if accepted else found
    if record.status is Status.PROCESSING:
        raise ImageNotReadyError("The image is still being processed; ask again in a moment.")
    if record.status is Status.FAILED:
        cause = record.failure.message if record.failure else "the cause is not known"
        raise ImageHasFailedError(f"The image failed and has no renditions: {cause}")
    names = ", ".join(one.name for one in record.served)
    raise UnknownRenditionError(f"The image has no rendition {name!r}; it has: {names}.")


def alternatives(record: ImageRecord) -> Sequence[Rendition]:
    """Return the renditions that are the first one but for their format."""
    names = _alternatives(record.instructions) if record.instructions else ()
    return [one for one in record.renditions[1:] if one.name in names]


@lru_cache(maxsize=256)  # most images are asked for alike
def _alternatives(instructions: str) -> frozenset[str]:
    (_, first), *others = parse_instructions(instructions, {}).renditions.items()
    return frozenset(
        name
        for name, recipe in others
        if replace(recipe, output=replace(recipe.output, format=first.output.format)) == first
    )


def answer_for(
    rendition: Rendition, asked: Mapping[str, str], *, varies: bool = False
) -> ImageAnswer:
    """Return the answer to a request with these headers; raises RangeNotSatisfiableError.

    varies: another client may get another rendition under the same address.
    """
    etag = f'"{rendition.sha256}"'
    headers = {
        **({"Vary": "Accept"} if varies else {}),
        "ETag": etag,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Accept-Ranges": "bytes",
        "Content-Type": CONTENT_TYPES[rendition.format],
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if _matches(asked.get("if-none-match", ""), etag):
        return ImageAnswer(status=_NOT_MODIFIED, headers=headers, rendition=rendition)
    size = rendition.size_bytes
    asked_range = asked.get("range", "") if asked.get("if-range", etag) == etag else ""
    if (span := _span(asked_range, size)) is None:
        return ImageAnswer(
            status=_OK,
            headers={**headers, "Content-Length": str(size)},
            rendition=rendition,
            stop=size,
        )
    start, stop = span
    partial = {
        "Content-Range": f"bytes {start}-{stop - 1}/{size}",
        "Content-Length": str(stop - start),
    }
    return ImageAnswer(
        status=_PARTIAL, headers={**headers, **partial}, rendition=rendition, start=start, stop=stop
    )


def _matches(header: str, etag: str) -> bool:
    tags = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in tags or etag in tags


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return the one range that is asked for; None where the whole is to be sent.

    Several ranges, other units and nonsense get the whole, as RFC 9110, 14.2 allows.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1][:19], match[2][:19]
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size or (not first and int(last) == 0):
        raise RangeNotSatisfiableError(size)
    return start, stop
