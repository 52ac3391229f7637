"""What can be asked of an image: one frozen dataclass an operation, its fields say what they take.

A new operation is a class here, a line in OPERATIONS, and a step of the processor. The parser, the
canonical form, the error messages and docs/instructions.md follow from the fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, cast

LONGEST_SIDE = 65_500  # pixels: the longest that JPEG, and so every reader, can hold


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What a field takes, in words for the person who got it wrong, and as a test."""

    words: str
    accepts: Callable[[object], bool]


def whole(low: int, high: int, unit: str = "") -> Expectation:
    """Expect a whole number in a closed range."""
    words = f"a whole number{unit and f' of {unit}'} from {low} to {high}"
    return Expectation(
        words=words,
        accepts=lambda got: (
            isinstance(got, int) and got is not True and low <= got <= high and got is not False
        ),
    )


def one_of(*choices: str | int) -> Expectation:
    """Expect one of these values, of the same type."""
    words = "one of " + ", ".join(str(choice) for choice in choices)
    return Expectation(
        words=words,
        accepts=lambda got: any(type(got) is type(one) and got == one for one in choices),
    )


FLAG = Expectation(words="true or false", accepts=lambda got: isinstance(got, bool))


def takes(expectation: Expectation, meaning: str, default: object) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare an operation's field: what it takes, what it means, and its default."""
    return field(default=default, metadata={"expectation": expectation, "meaning": meaning})


class Operation:
    """One step from pixels to pixels."""

    __slots__ = ()

    shorthand: ClassVar[str | None] = None  # the field that a bare value means: {"rotate": 90}

    def missing(self) -> str | None:
        """Return what the fields together still need, in words; None where they make sense."""
        return None


_SIDE = whole(1, LONGEST_SIDE, "pixels")
_OFFSET = whole(0, LONGEST_SIDE - 1, "pixels")

Fit = Literal["inside", "cover", "fill"]
Gravity = Literal[
    "centre", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"
]
GRAVITIES: tuple[str, ...] = Gravity.__args__  # type: ignore[attr-defined]  # typing has no public way to ask


@dataclass(frozen=True, kw_only=True, slots=True)
class Crop(Operation):
    """Keep a part: a box at x, y, or a box of that size placed by gravity."""

    width: int | None = takes(_SIDE, "the width that stays", None)
    height: int | None = takes(_SIDE, "the height that stays", None)
    x: int | None = takes(_OFFSET, "pixels from the left edge", None)
    y: int | None = takes(_OFFSET, "pixels from the top edge", None)
    gravity: Gravity | None = takes(
        one_of(*GRAVITIES), "where the box sits when x and y are not given (centre)", None
    )

    def __post_init__(self) -> None:
        if self.x is None and self.y is None and self.gravity is None:
            object.__setattr__(self, "gravity", "centre")  # said or not, it is the same crop

    def missing(self) -> str | None:
        """Return what is missing."""
        if self.width is None or self.height is None:
            return "width and height"
        if (self.x is None) != (self.y is None):
            return "x and y together"
        if self.x is not None and self.gravity is not None:
            return "either x and y, or gravity"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Resize(Operation):
    """Change the size; a side that is not given follows from the image's proportions."""

    width: int | None = takes(_SIDE, "the width asked for", None)
    height: int | None = takes(_SIDE, "the height asked for", None)
    fit: Fit = takes(
        one_of("inside", "cover", "fill"),
        "inside: all of it in the box; cover: the box filled, overhang cropped; fill: stretched",
        "inside",
    )
    enlarge: bool = takes(FLAG, "whether a smaller image may grow", False)

    def missing(self) -> str | None:
        """Return what is missing."""
        return "width, height or both" if self.width is None and self.height is None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotate(Operation):
    """Turn clockwise."""

    shorthand: ClassVar[str | None] = "degrees"

    degrees: int | None = takes(one_of(90, 180, 270), "how far", None)

    def missing(self) -> str | None:
        """Return what is missing."""
        return "degrees" if self.degrees is None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Flip(Operation):
    """Mirror."""

    shorthand: ClassVar[str | None] = "axis"

    axis: Literal["horizontal", "vertical", "both"] | None = takes(
        one_of("horizontal", "vertical", "both"), "horizontal swaps left and right", None
    )

    def missing(self) -> str | None:
        """Return what is missing."""
        return "axis" if self.axis is None else None


# In the order in which they run when they are given as an object, which has none.
OPERATIONS: Mapping[str, type[Operation]] = {
    "crop": Crop,
    "resize": Resize,
    "rotate": Rotate,
    "flip": Flip,
}
NAMES: Mapping[type[Operation], str] = {kind: name for name, kind in OPERATIONS.items()}

Format = Literal["auto", "jpeg", "png", "webp", "avif", "gif", "tiff"]
FORMATS: tuple[str, ...] = Format.__args__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """How the result is written."""

    format: Format = takes(
        one_of(*FORMATS),
        "auto: the original's own where browsers show it, else JPEG, or PNG with transparency",
        "auto",
    )
    quality: int | None = takes(
        whole(1, 100),
        "for lossy formats; not given: 80 (WebP 79, AVIF 63); a copy of a JPEG at most its own",
        None,
    )
    strip_metadata: bool = takes(FLAG, "leave out EXIF, XMP and comments", True)


def expectation_of(metadata: Mapping[str, object]) -> Expectation:
    """Return what a field declared with takes() accepts."""
    return cast("Expectation", metadata["expectation"])
