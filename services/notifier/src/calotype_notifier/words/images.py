"""The letters about one image."""

from collections.abc import Sequence

from calotype_core.domain.lifecycle import Status
from calotype_core.http.bodies import MetadataBody, RenditionBody
from calotype_core.links import status_path
from calotype_notifier.catalogue import Envelope, ImageData
from calotype_notifier.words.letters import Figures, Item, Letter, Link, Listing, Part
from calotype_notifier.words.phrases import (
    brief_cause,
    cause,
    clean,
    moment,
    name,
    number,
    sentence,
    size,
)

_LONGEST_REASON = 300  # characters of it
_RENDITIONS_MAX = 20


def subject(envelope: Envelope[ImageData]) -> str:
    """Return what became of an image, in one line."""
    data = envelope.data
    done = data.status == Status.COMPLETED
    why = "" if done else f": {brief_cause(_code(data))}"
    if data.request_id is not None:
        return f"More renditions of {_brief(data)} {'are ready' if done else 'failed'}{why}"
    return f"{_brief(data)} {'is ready' if done else 'failed'}{why}"


def completed(envelope: Envelope[ImageData], base: str) -> Letter:
    """Return the letter about an image that has its renditions."""
    data = envelope.data
    ready = f"{_whole(data)} is ready."
    if data.request_id is not None:
        ready = f"More renditions of {_whole(data)} are ready."
    parts: list[Part] = [ready, Figures(rows=_figures_of(envelope))]
    if data.url:
        parts.append(Link(title="The image", url=data.url))
    if data.renditions:
        parts.append(_renditions(data))
    return Letter(subject=subject(envelope), parts=[*parts, _status(data, base)])


def _renditions(data: ImageData) -> Listing:
    shown = [
        Item(text=f"{clean(one.name, 60)}: {_picture(one)}", url=one.url)
        for one in data.renditions[:_RENDITIONS_MAX]
    ]
    if more := len(data.renditions) - len(shown):
        shown.append(Item(text=f"and {number(more)} more"))
    return Listing(title="What was made of it", items=shown)


def failed(envelope: Envelope[ImageData], base: str) -> Letter:
    """Return the letter about an image that has none."""
    data, why = envelope.data, cause(_code(envelope.data))
    said = clean(data.failure.message, _LONGEST_REASON) if data.failure else why
    told = f"{_whole(data)} has failed."
    if data.request_id is not None:
        told = f"More renditions of {_whole(data)} could not be made; the image is what it was."
    parts: list[Part] = [
        f"{told} {sentence(said)}",
        Figures(rows=[("Why", why), *_figures_of(envelope)]),
        _status(data, base),
    ]
    return Letter(subject=subject(envelope), parts=parts)


def _figures_of(envelope: Envelope[ImageData]) -> Sequence[tuple[str, str]]:
    data, rows = envelope.data, [("When", moment(envelope.timestamp))]
    if facts := data.metadata:
        rows.append(("Original", _picture(facts)))
    if data.job_id:
        rows.append(("Job", data.job_id))
    return [*rows, ("Image", data.image_id)]


def _picture(one: MetadataBody | RenditionBody) -> str:
    sides = f"{number(one.width)} \u00d7 {number(one.height)}"
    return f"{sides}, {one.format}, {size(one.size_bytes)}"


def _brief(data: ImageData) -> str:
    return name(data.filename or "") or f"Image {data.image_id}"


def _code(data: ImageData) -> str:
    return data.failure.code if data.failure else "bad_image"


def _whole(data: ImageData) -> str:
    place = "" if data.position is None else f", image {number(data.position + 1)} of a job,"
    return f"{_brief(data)}{place}"


def _status(data: ImageData, base: str) -> Link:
    return Link(title="All that is known about it", url=f"{base}{status_path(data.image_id)}")
