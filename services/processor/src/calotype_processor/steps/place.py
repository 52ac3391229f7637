"""Where a box sits in a larger one, and where the focal point is afterwards. Pure arithmetic."""

from math import floor

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations import Placed
from calotype_processor.sizes import Box, Size, measured

CENTRE = FocalPoint(x=0.5, y=0.5)


def place(inner: Size, outer: Size, placed: Placed, focus: FocalPoint | None = None) -> Box:
    """Return where a size goes in one that holds it: by gravity, then by offset, never outside.

    "focal" and "smart" have the focus in the middle, as far as that is possible; without one, and
    wherever there is nothing to see at that place, they are the centre. An offset leads away from
    the edge that gravity names, else to the right and down; a part is one of the outer side.
    """
    gravity = placed.gravity or "focal"
    seen = (focus if gravity in ("focal", "smart") else None) or CENTRE
    left = _along(inner.width, outer.width, seen.x, ends=("west" in gravity, "east" in gravity))
    top = _along(inner.height, outer.height, seen.y, ends=("north" in gravity, "south" in gravity))
    right = _moved(left, placed.offset_x, outer.width, back="east" in gravity)
    down = _moved(top, placed.offset_y, outer.height, back="south" in gravity)
    return Box(
        _within(right, outer.width - inner.width), _within(down, outer.height - inner.height), inner
    )


def _along(inner: int, outer: int, seen: float, *, ends: tuple[bool, bool]) -> int:
    start, end = ends
    if start or end:
        return outer - inner if end else 0
    return _within(floor(seen * outer - inner / 2), outer - inner)


def _moved(position: int, offset: float | None, side: int, *, back: bool) -> int:
    pixels = measured(offset or 0, side)
    return position - pixels if back else position + pixels


def _within(position: int, slack: int) -> int:
    return max(0, min(slack, position))


def follow(
    focus: FocalPoint | None, size: Size, moved: tuple[int, int], after: Size
) -> FocalPoint | None:
    """Return the focus once pixels were moved right and down, on a canvas of another size.

    What is cut off with it is looked for at the nearest edge.
    """
    if focus is None:
        return None
    right, down = moved
    return point(
        (focus.x * size.width + right) / after.width, (focus.y * size.height + down) / after.height
    )


def point(x: float, y: float) -> FocalPoint:
    """Return a focal point, or the nearest that an image can have."""
    return FocalPoint(x=max(0.0, min(1.0, x)), y=max(0.0, min(1.0, y)))
