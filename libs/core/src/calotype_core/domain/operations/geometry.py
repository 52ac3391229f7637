"""Operations that move pixels: which part stays, how large, which way up."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations.fields import (
    FLAG,
    LONGEST_SIDE,
    SIDE,
    Expectation,
    Operation,
    number,
    one_of,
    takes,
)
from calotype_core.domain.operations.measures import (
    CORNER,
    DEGREES,
    DOWN,
    EDGE,
    FILL,
    FOCUS,
    GRAVITY,
    LENGTH,
    OFFSET,
    RATIO,
    RIGHT,
    ROOM,
    Gravity,
)
from calotype_core.domain.operations.reduced import (
    centre,
    drop,
    multiply,
    said_or_not,
    two_points,
)

Fit = Literal["inside", "cover", "contain", "fill", "outside", "auto"]
FITS: tuple[str, ...] = Fit.__args__  # type: ignore[attr-defined]  # typing has no public way to ask
_SAME_FITS = {"fit": "inside", "force": "fill"}  # what others call them
_QUARTER = 90
# What dpr multiplies.
_PIXELS = ("width", "height", "min_width", "min_height", "offset_x", "offset_y")

_FIT = one_of(*FITS, *_SAME_FITS)
FIT = Expectation(
    words=_FIT.words,
    accepts=_FIT.accepts,
    reads=lambda got: _SAME_FITS.get(got, got),
)
SCALE = number(0.001, 100)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trim(Operation):
    """Cut off the edges that have one colour; where nothing else is there, nothing is cut."""

    shorthand: ClassVar[str | None] = "threshold"

    threshold: float = takes(
        number(0, 255), "how far a colour may be off and still belong to the edge", 10.0
    )
    colour: str | None = takes(
        CORNER, "the colour of the edges (that of the pixel in the northwest)", None
    )
    equal_horizontal: bool = takes(FLAG, "cut as much on the left as on the right", False)
    equal_vertical: bool = takes(FLAG, "cut as much at the top as at the bottom", False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crop(Operation):
    """Keep a part: a box at x, y, or a box placed by gravity; a side not given stays whole."""

    width: float | None = takes(LENGTH, "the width that stays", None)
    height: float | None = takes(LENGTH, "the height that stays", None)
    aspect: float | None = takes(
        RATIO, "the box's proportions; the largest such box where no side is given", None
    )
    x: float | None = takes(EDGE, "from the left edge", None)
    y: float | None = takes(EDGE, "from the top edge", None)
    gravity: Gravity | None = takes(
        GRAVITY, "where the box sits when x and y are not given (focal)", None
    )
    offset_x: float | None = takes(OFFSET, RIGHT, None)
    offset_y: float | None = takes(OFFSET, DOWN, None)
    focal_point: FocalPoint | None = takes(FOCUS, "instead of the image's own focal point", None)

    def __post_init__(self) -> None:
        said_or_not(self)

    def missing(self) -> str | None:
        """Return what is missing."""
        sides = sum(one is not None for one in (self.width, self.height, self.aspect))
        if not sides:
            return "width, height or aspect"
        if sides > 2:  # noqa: PLR2004 - the third follows from them
            return "two of width, height and aspect"
        if (self.x is None) != (self.y is None):
            return "x and y together"
        return self._placed_twice()

    def _placed_twice(self) -> str | None:
        by_gravity = (self.gravity, self.offset_x, self.offset_y, self.focal_point)
        if self.x is not None and any(one is not None for one in by_gravity):
            return "either x and y, or gravity"
        return two_points(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Resize(Operation):
    """Change the size; a side that is not given follows from the image's proportions."""

    width: int | None = takes(SIDE, "the width asked for", None)
    height: int | None = takes(SIDE, "the height asked for", None)
    fit: Fit = takes(
        FIT,
        "inside: all of it in the box; cover: the box filled, overhang cropped; contain: inside,"
        " and the rest of the box filled; fill: stretched; outside: as cover, nothing cropped;"
        " auto: cover where box and image lie alike, else inside",
        "inside",
    )
    enlarge: bool = takes(FLAG, "whether a smaller image may grow", False)
    scale: float | None = takes(SCALE, "instead of a box: how many times the image's size", None)
    min_width: int | None = takes(SIDE, "no narrower than that, even if it has to grow", None)
    min_height: int | None = takes(SIDE, "no lower than that, even if it has to grow", None)
    adaptive: bool = takes(
        FLAG, "the box is turned where the image lies the other way", False, spelled=False
    )
    dpr: float | None = takes(
        number(0.1, 10), "pixels of the screen to one of these: multiplies all that are given", None
    )
    gravity: Gravity | None = takes(
        GRAVITY, "which part of cover stays; where contain puts it (focal)", None
    )
    offset_x: float | None = takes(OFFSET, RIGHT, None)
    offset_y: float | None = takes(OFFSET, DOWN, None)
    focal_point: FocalPoint | None = takes(FOCUS, "instead of the image's own focal point", None)
    background: str | None = takes(FILL, ROOM, None)

    def __post_init__(self) -> None:
        multiply(self, _PIXELS, self.dpr)
        if self.dpr and self.scale:
            object.__setattr__(self, "scale", self.scale * self.dpr)
        drop(self, "dpr")
        said_or_not(self)
        if self.fit != "contain":
            drop(self, "background")
        if self.fit == "contain":
            centre(self)
        elif self.fit not in ("cover", "auto"):
            drop(self, "gravity", "offset_x", "offset_y", "focal_point")

    def missing(self) -> str | None:
        """Return what is missing."""
        sides = (self.width, self.height)
        if not any((*sides, self.min_width, self.min_height, self.scale)):
            return "width, height or both"
        if self.scale is not None and any(sides):
            return "either scale, or width and height"
        return self._too_far() or two_points(self)

    def _too_far(self) -> str | None:
        pixels = [abs(getattr(self, name) or 0) for name in _PIXELS]
        if max(pixels) > LONGEST_SIDE:
            return f"at most {LONGEST_SIDE} pixels once dpr multiplies them"
        if self.scale and not SCALE.accepts(self.scale):
            return f"{SCALE.words} once dpr multiplies it"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotate(Operation):
    """Turn clockwise; but for quarter turns the image grows, so that all of it stays."""

    shorthand: ClassVar[str | None] = "degrees"

    degrees: float | None = takes(DEGREES, "how far; negative: the other way", None)
    background: str | None = takes(FILL, ROOM, None)

    def __post_init__(self) -> None:
        if self.degrees is not None and self.degrees % _QUARTER == 0:
            drop(self, "background")  # there are no corners to fill

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.degrees == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Flip(Operation):
    """Mirror."""

    shorthand: ClassVar[str | None] = "axis"

    axis: Literal["horizontal", "vertical", "both"] | None = takes(
        one_of("horizontal", "vertical", "both"), "horizontal swaps left and right", None
    )
