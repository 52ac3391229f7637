"""Hypothesis strategies for the domain's values: anything that may come, and nothing else."""

from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from calotype_core.domain import events, operations
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.ids import make_id
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
from calotype_core.domain.instructions import Instructions, Recipe

ValueT = TypeVar("ValueT")
OperationT = TypeVar("OperationT", bound=operations.Operation)

UINT32 = 2**32 - 1
INT64 = 2**63 - 1  # as far as databases count; no store holds a larger object

ids = st.builds(make_id, st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
# Everything that UTF-8 can say: surrogates alone are no text.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
times = st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive
names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)
sides = st.integers(1, operations.LONGEST_SIDE)
counts = st.integers(0, UINT32)
some = st.integers(1, UINT32)
sizes = st.integers(0, INT64)


def optional(strategy: st.SearchStrategy[ValueT]) -> st.SearchStrategy[ValueT | None]:
    """Return a strategy that also gives None."""
    return st.none() | strategy


parts = st.floats(0, 1)
focal_points = st.builds(FocalPoint, x=parts, y=parts)
colours = st.tuples(*[st.integers(0, 255)] * 4).map(lambda rgba: "#" + bytes(rgba).hex())
fills = optional(st.sampled_from(["auto", "blur"]) | colours)
lengths: st.SearchStrategy[float] = sides | st.floats(0.0001, 0.9999)
edges: st.SearchStrategy[float] = st.integers(0, operations.LONGEST_SIDE - 1) | st.floats(0, 0.9999)
offsets: st.SearchStrategy[float] = st.integers(-65_500, 65_500) | st.floats(-0.9999, 0.9999)
aspects = st.floats(0.001, 1000)
gravities = st.sampled_from(operations.GRAVITIES)
placed = {
    "gravity": optional(gravities),
    "offset_x": optional(offsets),
    "offset_y": optional(offsets),
}


def meant(strategy: st.SearchStrategy[OperationT]) -> st.SearchStrategy[OperationT]:
    """Return a strategy for those that would be taken."""
    return strategy.filter(lambda operation: operation.missing() is None)


trims = st.builds(
    operations.Trim,
    threshold=st.floats(0, 255),
    colour=optional(colours | st.just("southeast")),
    equal_horizontal=st.booleans(),
    equal_vertical=st.booleans(),
)
crops = meant(
    st.builds(
        operations.Crop,
        width=lengths,
        height=optional(lengths),
        focal_point=optional(focal_points),
        **placed,
    )
    | st.builds(operations.Crop, width=lengths, height=lengths, x=edges, y=edges)
    | st.builds(
        operations.Crop,
        aspect=aspects,
        width=optional(lengths),
        **placed,
    )
)
resizes = meant(
    st.builds(
        operations.Resize,
        width=optional(sides),
        height=optional(sides),
        fit=st.sampled_from(operations.FITS),
        enlarge=st.booleans(),
        min_width=optional(sides),
        min_height=optional(sides),
        adaptive=st.booleans(),
        focal_point=optional(focal_points),
        background=fills,
        **placed,
    )
    | st.builds(operations.Resize, scale=st.floats(0.001, 100), enlarge=st.booleans())
)
rotations = st.builds(
    operations.Rotate,
    degrees=st.sampled_from([90, 180, 270]) | st.floats(0.001, 359.999),
    background=fills,
)
flips = st.builds(operations.Flip, axis=st.sampled_from(["horizontal", "vertical", "both"]))
percents = st.floats(-100, 100).map(lambda one: one + 0.0)  # -0.0 is 0.0 in instructions
sigmas = st.floats(0, 250).map(abs)
ADJUSTMENTS: dict[str, st.SearchStrategy[operations.Operation]] = {
    "brightness": st.builds(operations.Brightness, amount=percents),
    "contrast": st.builds(operations.Contrast, amount=percents),
    "saturation": st.builds(operations.Saturation, amount=percents),
    "hue": st.builds(operations.Hue, degrees=st.floats(0, 360, exclude_max=True)),
    "rgb": st.builds(operations.Rgb, red=percents, green=percents, blue=percents),
    "equalize": st.just(operations.Equalize()),
    "grayscale": st.just(operations.Grayscale()),
    "blur": st.builds(operations.Blur, sigma=sigmas),
    "sharpen": st.builds(operations.Sharpen, sigma=sigmas, amount=st.floats(0, 10).map(abs)),
    "pixelate": st.builds(operations.Pixelate, size=sides),
}
extensions = meant(
    st.builds(
        operations.Extend,
        width=optional(sides),
        height=optional(sides),
        background=fills,
        **placed,
    )
    | st.builds(operations.Extend, aspect=aspects, background=fills)
)
paddings = meant(
    st.builds(
        operations.Pad,
        top=optional(edges),
        right=optional(edges),
        bottom=optional(edges),
        left=optional(edges),
        background=fills,
    )
)
backgrounds = st.builds(operations.Background, colour=st.just("auto") | colours)
corners = st.builds(
    operations.RoundCorners, radius=lengths, radius_y=optional(lengths), background=fills
)
_scales = st.floats(0.001, 2)
_offsets = st.floats(-operations.LONGEST_SIDE, operations.LONGEST_SIDE).map(lambda got: got + 0.0)
_placed: dict[str, st.SearchStrategy[object]] = {
    "gravity": st.sampled_from(operations.POSITIONS),
    "offset_x": _offsets,
    "offset_y": _offsets,
    "opacity": st.floats(0, 1),
    "tiled": st.booleans(),
    "rotate": st.floats(0, 360, exclude_max=True),
}
watermarks = st.one_of(
    st.builds(
        operations.Watermark,
        image=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(@[0-9a-f]{16})?", fullmatch=True),
        scale=optional(_scales),
        scale_height=optional(_scales),
        **_placed,
    ),
    st.builds(
        operations.Watermark,
        text=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=40),
        font=optional(st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True)),
        size=optional(st.floats(0.001, 2_000)),
        colour=optional(st.from_regex(r"#[0-9a-f]{8}", fullmatch=True)),
        **_placed,
    ),
)
STEPS: dict[str, st.SearchStrategy[operations.Operation]] = {
    "trim": trims,
    "crop": crops,
    "resize": resizes,
    "rotate": rotations,
    "flip": flips,
    # What changes nothing is left out of instructions.
    **{name: one.filter(lambda one: not one.neutral()) for name, one in ADJUSTMENTS.items()},
    "extend": extensions,
    "pad": paddings,
    "background": backgrounds,
    "roundCorners": corners,
    "watermark": watermarks,
}
steps: st.SearchStrategy[operations.Operation] = st.one_of(*STEPS.values())
qualities = st.integers(1, 100)
outputs = st.builds(
    operations.Output,
    format=st.sampled_from(operations.FORMATS),
    quality=optional(qualities),
    format_quality=optional(
        st.builds(
            operations.FormatQuality,
            jpeg=optional(qualities),
            webp=optional(qualities),
            avif=optional(qualities),
        ).filter(lambda one: one != operations.FormatQuality())
    ),
    lossless=st.booleans(),
    progressive=st.booleans(),
    max_bytes=optional(st.integers(1, 2**31 - 1)),
    strip_metadata=st.booleans(),
    keep_copyright=st.booleans(),
    animated=st.booleans(),
    colour_profile=st.sampled_from(["srgb", "keep"]),
    accepts=optional(st.sampled_from([(), ("avif",), ("webp",), operations.NEGOTIABLE])),
    auto_orient=st.booleans(),
)
# Fewer than may come: the longest there can be has a test of its own.
recipes = st.builds(Recipe, steps=st.lists(steps, max_size=5).map(tuple), output=outputs)
instructions = st.builds(
    Instructions,
    renditions=st.dictionaries(names, recipes, min_size=1, max_size=3),
)

originals = st.builds(Original, key=words, size_bytes=sizes, sha256=digests)
exif_names = st.from_regex(r"[a-z][A-Za-z]{0,20}", fullmatch=True)
metadata = st.builds(
    ImageMetadata,
    width=some,
    height=some,
    format=texts,
    size_bytes=sizes,
    colour_mode=texts,
    orientation=st.integers(1, 8),
    sha256=digests,
    pages=counts,
    has_alpha=st.booleans(),
    duration_ms=counts,
    exif=st.dictionaries(exif_names, texts, max_size=3),
    place=optional(
        st.builds(Place, latitude=parts, longitude=parts, altitude=optional(st.floats(-99, 9_999)))
    ),
    phash=texts,
    blurhash=texts,
    thumbhash=texts,
    colours=st.lists(st.builds(Colour, hex=texts, share=parts), max_size=3).map(tuple),
    labels=st.lists(st.builds(Label, name=texts, confidence=parts), max_size=3).map(tuple),
)
renditions = st.builds(
    Rendition,
    name=names,
    key=words,
    format=texts,
    width=some,
    height=some,
    size_bytes=sizes,
    sha256=digests,
)
failures = st.builds(Failure, code=words, message=texts)

jobs_accepted = st.builds(
    events.JobAccepted,
    job_id=ids,
    total=counts,
    manifest_key=words,
    instructions=instructions,
    callback_url=optional(texts),
    kind=words,
    name=optional(texts),
    accepted_at=times,
)
jobs_retried = st.builds(
    events.JobRetried,
    job_id=ids,
    generation=some,
    total=counts,
    manifest_key=words,
    instructions=instructions,
    callback_url=optional(texts),
    causes=st.lists(words, max_size=3).map(tuple),
    requested_at=times,
)
jobs_expanded = st.builds(events.JobExpanded, job_id=ids, generation=some, expanded_at=times)
jobs_cancelled = st.builds(events.JobCancelled, job_id=ids, cancelled_at=times)
jobs_deleted = st.builds(events.JobDeleted, job_id=ids, deleted_at=times)


@st.composite
def _images_accepted(draw: st.DrawFn) -> events.ImageAccepted:
    stored = draw(st.booleans())
    return events.ImageAccepted(
        image_id=draw(ids),
        generation=draw(some),
        original=draw(originals) if stored else None,
        url=None if stored else draw(texts),
        filename=draw(optional(texts)),
        instructions=draw(instructions),
        focal_point=draw(optional(focal_points)),
        callback_url=draw(optional(texts)),
        job_id=draw(optional(ids)),
        position=draw(optional(counts)),
        accepted_at=draw(times),
    )


images_accepted = _images_accepted()
renditions_requested = st.builds(
    events.RenditionRequested,
    image_id=ids,
    request_id=ids,
    original=originals,
    instructions=instructions,
    focal_point=optional(focal_points),
    callback_url=optional(texts),
    requested_at=times,
)
images_processed = st.builds(
    events.ImageProcessed,
    image_id=ids,
    generation=some,
    request_id=optional(ids),
    metadata=metadata,
    renditions=st.lists(renditions, max_size=5).map(tuple),
    original=optional(originals),
    attempts=some,
    callback_url=optional(texts),
    job_id=optional(ids),
    position=optional(counts),
    accepted_at=times,
    processed_at=times,
)
images_failed = st.builds(
    events.ImageFailed,
    image_id=ids,
    generation=some,
    request_id=optional(ids),
    failure=failures,
    filename=optional(texts),
    url=optional(texts),
    attempts=some,
    callback_url=optional(texts),
    job_id=optional(ids),
    position=optional(counts),
    accepted_at=times,
    failed_at=times,
)
jobs_finished = st.builds(
    events.JobFinished,
    job_id=ids,
    generation=some,
    completed=counts,
    failed=counts,
    callback_url=optional(texts),
    finished_at=times,
)

EVENTS: dict[type[events.Event], st.SearchStrategy[events.Event]] = {
    events.JobAccepted: jobs_accepted,
    events.JobRetried: jobs_retried,
    events.JobExpanded: jobs_expanded,
    events.JobCancelled: jobs_cancelled,
    events.JobDeleted: jobs_deleted,
    events.ImageAccepted: images_accepted,
    events.RenditionRequested: renditions_requested,
    events.ImageProcessed: images_processed,
    events.ImageFailed: images_failed,
    events.JobFinished: jobs_finished,
}
any_event: st.SearchStrategy[events.Event] = st.one_of(*EVENTS.values())
dead_letters = st.builds(
    DeadLetter,
    topic=words,
    key=texts,
    headers=st.dictionaries(texts, texts, max_size=5),
    value=st.binary(max_size=200),
    service=words,
    cause=failures,
    attempts=some,
    died_at=times,
)
