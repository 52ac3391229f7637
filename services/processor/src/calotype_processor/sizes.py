"""Sizes in pixels, and what becomes of them. Pure arithmetic.

Every part, proportion and ratio comes to whole pixels in one way: half up, and no side below one.
"""

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True, order=True, slots=True)
class Size:
    """A width and a height, each at least 1."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """The area."""
        return self.width * self.height

    def turned(self) -> "Size":
        """Return the size after a quarter turn."""
        return Size(self.height, self.width)

    def holds(self, other: "Size") -> bool:
        """Tell whether the other fits in on both sides."""
        return other.width <= self.width and other.height <= self.height

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


@dataclass(frozen=True, slots=True)
class Box:
    """A part of an image: its top left corner, and its size."""

    left: int
    top: int
    size: Size


def rounded(amount: float) -> int:
    """Return the nearest whole number, half up."""
    return floor(amount + 0.5)


def times(size: Size, scale: float) -> Size:
    """Return the size multiplied, no side below one pixel."""
    return Size(max(1, rounded(size.width * scale)), max(1, rounded(size.height * scale)))


def measured(amount: float, side: int) -> int:
    """Return whole pixels as they are, and what is below 1 as that part of the side."""
    return int(amount) if abs(amount) >= 1 else rounded(amount * side)


def largest(aspect: float, room: Size) -> Size:
    """Return the largest size of these proportions that the room holds."""
    if room.width > room.height * aspect:
        return Size(min(room.width, max(1, rounded(room.height * aspect))), room.height)
    return Size(room.width, min(room.height, max(1, rounded(room.width / aspect))))


def smallest(aspect: float, size: Size) -> Size:
    """Return the smallest size of these proportions that holds the size."""
    if size.width > size.height * aspect:
        return Size(size.width, max(size.height, rounded(size.width / aspect)))
    return Size(max(size.width, rounded(size.height * aspect)), size.height)
