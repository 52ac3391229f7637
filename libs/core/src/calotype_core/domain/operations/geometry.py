"""Operations that move pixels: which part stays, how large, which way up."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from calotype_core.domain.operations.fields import FLAG, OFFSET, SIDE, Operation, one_of, takes

Fit = Literal["inside", "cover", "fill"]
Gravity = Literal[
    "centre", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"
]
GRAVITIES: tuple[str, ...] = Gravity.__args__  # type: ignore[attr-defined]  # typing has no public way to ask


@dataclass(frozen=True, kw_only=True, slots=True)
class Crop(Operation):
    """Keep a part: a box at x, y, or a box of that size placed by gravity."""

    width: int | None = takes(SIDE, "the width that stays", None)
    height: int | None = takes(SIDE, "the height that stays", None)
    x: int | None = takes(OFFSET, "pixels from the left edge", None)
    y: int | None = takes(OFFSET, "pixels from the top edge", None)
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

    width: int | None = takes(SIDE, "the width asked for", None)
    height: int | None = takes(SIDE, "the height asked for", None)
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
