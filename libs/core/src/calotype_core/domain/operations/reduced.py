"""How operations that place a box are reduced to their one form; called as they are made."""

from math import floor
from typing import Protocol

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations.measures import Gravity


class Placed(Protocol):
    """An operation that places a box."""

    @property
    def gravity(self) -> Gravity | None:
        """Where; None: at the focal point, or in the centre where there is none."""

    @property
    def offset_x(self) -> float | None:
        """How far from there: whole pixels, or a part of the side."""

    @property
    def offset_y(self) -> float | None:
        """As offset_x."""


class Pointed(Placed, Protocol):
    """One that may have a focal point of its own."""

    @property
    def focal_point(self) -> FocalPoint | None:
        """Instead of the image's own."""


def drop(operation: object, *names: str) -> None:
    """Forget fields that mean nothing beside the others."""
    for name in names:
        object.__setattr__(operation, name, None)


def said_or_not(operation: Placed) -> None:
    """Forget a gravity and offsets that are the default: said or not, it is the same."""
    if operation.gravity == "focal":
        drop(operation, "gravity")
    for name in ("offset_x", "offset_y"):
        if not getattr(operation, name):
            drop(operation, name)


def centre(operation: Placed) -> None:
    """Have a picture in a larger box in its centre, unless an edge was named.

    What the picture shows, and so "smart" and "focal", says nothing about where the room goes.
    """
    if operation.gravity in ("centre", "smart", "focal"):
        drop(operation, "gravity")


def multiply(operation: object, names: tuple[str, ...], by: float | None) -> None:
    """Multiply the pixels in these fields, and leave parts as they are."""
    for name in names:
        value = getattr(operation, name)
        if by is not None and value is not None and abs(value) >= 1:
            object.__setattr__(operation, name, _times(value, by))


def _times(pixels: int, by: float) -> int:
    return max(1, floor(abs(pixels) * by + 0.5)) * (1 if pixels > 0 else -1)


def two_points(operation: Pointed) -> str | None:
    """Return what is wrong where a box is placed twice over."""
    if operation.focal_point is not None and operation.gravity is not None:
        return "either gravity or focalPoint"
    return None
