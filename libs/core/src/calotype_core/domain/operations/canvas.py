"""Operations on the room around a picture, and on what lies behind it."""

from dataclasses import dataclass
from typing import ClassVar

from calotype_core.domain.operations.fields import SIDE, Operation, takes
from calotype_core.domain.operations.measures import (
    BACKING,
    DOWN,
    EDGE,
    FILL,
    GRAVITY,
    LENGTH,
    OFFSET,
    RATIO,
    RIGHT,
    ROOM,
    Gravity,
)
from calotype_core.domain.operations.reduced import centre, said_or_not

_EDGES = ("top", "right", "bottom", "left")


@dataclass(frozen=True, kw_only=True, slots=True)
class Extend(Operation):
    """Add room up to a size, or up to proportions; nothing is scaled, and nothing cut off."""

    width: int | None = takes(SIDE, "at least so wide", None)
    height: int | None = takes(SIDE, "at least so high", None)
    aspect: float | None = takes(RATIO, "the smallest box of these proportions", None)
    gravity: Gravity | None = takes(GRAVITY, "where in it the picture sits (centre)", None)
    offset_x: float | None = takes(OFFSET, RIGHT, None)
    offset_y: float | None = takes(OFFSET, DOWN, None)
    background: str | None = takes(FILL, ROOM, None)

    def __post_init__(self) -> None:
        said_or_not(self)
        centre(self)

    def missing(self) -> str | None:
        """Return what is missing."""
        sides = self.width is not None or self.height is not None
        if not sides and self.aspect is None:
            return "width, height or aspect"
        return "either aspect, or width and height" if sides and self.aspect is not None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pad(Operation):
    """Add room at the edges."""

    shorthand: ClassVar[str | None] = "edges"

    edges: float | None = takes(EDGE, "at every edge that is not given by itself", None)
    top: float | None = takes(EDGE, "above; a part is one of the height", None)
    right: float | None = takes(EDGE, "on the right; a part is one of the width", None)
    bottom: float | None = takes(EDGE, "below; a part is one of the height", None)
    left: float | None = takes(EDGE, "on the left; a part is one of the width", None)
    background: str | None = takes(FILL, ROOM, None)

    def __post_init__(self) -> None:
        for name in _EDGES:
            given = getattr(self, name)
            object.__setattr__(self, name, (self.edges if given is None else given) or None)
        object.__setattr__(self, "edges", None)

    def missing(self) -> str | None:
        """Return what is missing."""
        given = any(getattr(self, name) for name in _EDGES)
        return None if given else "top, right, bottom or left, or one number for all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Background(Operation):
    """Put a colour behind what is transparent."""

    shorthand: ClassVar[str | None] = "colour"

    colour: str | None = takes(BACKING, "what shows through", None)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundCorners(Operation):
    """Round the corners off."""

    shorthand: ClassVar[str | None] = "radius"

    radius: float | None = takes(
        LENGTH, "of each corner; a part is one of the shorter side, 0.5 makes a circle of it", None
    )
    radius_y: float | None = takes(LENGTH, "its height where that is another", None)
    background: str | None = takes(FILL, ROOM, None)

    def __post_init__(self) -> None:
        if self.radius_y == self.radius:
            object.__setattr__(self, "radius_y", None)
