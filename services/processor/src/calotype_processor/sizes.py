"""Sizes in pixels, and what becomes of them. Pure arithmetic."""

from dataclasses import dataclass


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


def times(size: Size, scale: float) -> Size:
    """Return the size multiplied, rounded half up, no side below one pixel."""
    return Size(max(1, int(size.width * scale + 0.5)), max(1, int(size.height * scale + 0.5)))


def centred(inner: Size, outer: Size) -> Box:
    """Return where a size sits in the middle of a larger one."""
    return Box((outer.width - inner.width) // 2, (outer.height - inner.height) // 2, inner)
