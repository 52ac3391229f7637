from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations import Crop
from calotype_processor.errors import CropOutsideImageError
from calotype_processor.sizes import Box, Size, largest, measured, rounded
from calotype_processor.steps.place import follow, place, point
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, size_of

if TYPE_CHECKING:
    import pyvips


def box(crop: Crop, size: Size, focus: FocalPoint | None = None) -> Box:
    """Return the part that stays.

    A box at x, y must lie inside the image: raises CropOutsideImageError. A box placed by gravity
    keeps what there is: where the image is the smaller one, its whole side, or the largest box of
    the proportions that were asked for.
    """
    if crop.x is None or crop.y is None:
        return place(_placed_size(crop, size), size, crop, focus)
    left, width = _span(crop.x, crop.width, size.width)
    top, height = _span(crop.y, crop.height, size.height)
    if crop.aspect is not None:
        width, height = _shaped(crop, width, height)
    if left + width > size.width or top + height > size.height:
        raise CropOutsideImageError(
            f"The crop of {Size(width, height)} pixels at {left}, {top} reaches outside the image, "
            f"which is {size} at that point. Ask for a box inside it, or use gravity."
        )
    return Box(left, top, Size(width, height))


def _placed_size(crop: Crop, size: Size) -> Size:
    width, height = _side(crop.width, size.width), _side(crop.height, size.height)
    if crop.aspect is None:
        return Size(min(width, size.width), min(height, size.height))
    if crop.width is None and crop.height is None:
        return largest(crop.aspect, size)
    wanted = Size(*_shaped(crop, width, height))
    return wanted if size.holds(wanted) else largest(crop.aspect, size)


def _side(asked: float | None, side: int) -> int:
    return side if asked is None else max(1, measured(asked, side))


def _span(start: float, length: float | None, side: int) -> tuple[int, int]:
    """Return where a box begins along one side, and how long it is: parts share their edges."""
    first = measured(start, side)
    if start < 1:
        first = min(first, side - 1)
    if length is None:
        return first, max(1, side - first)
    if start < 1 and length < 1:
        return first, max(1, rounded((start + length) * side) - first)
    return first, max(1, measured(length, side))


def _shaped(crop: Crop, width: int, height: int) -> tuple[int, int]:
    """Return the sides, the one that is not given as the proportions have it."""
    aspect = crop.aspect or 1
    if crop.width is not None:
        return width, max(1, rounded(width / aspect))
    if crop.height is not None:
        return max(1, rounded(height * aspect)), height
    room = largest(aspect, Size(width, height))
    return room.width, room.height


def _apply(crop: Crop, image: "pyvips.Image", scene: Scene) -> Moved:
    size, focus = size_of(image), crop.focal_point or scene.focus
    if crop.gravity == "smart":
        image = image.copy_memory()  # it is looked at, and then used
        drawn = scene.once("attention", partial(_attention, image, box(crop, size).size))
        kept = box(crop, size, drawn)
    else:
        kept = box(crop, size, focus)
    return cut(image, kept, replace(scene, focus=focus))


def _attention(image: "pyvips.Image", size: Size) -> FocalPoint:
    """Return what people would look at first: edges, skin, saturated colours, as libvips has it."""
    _, found = image.smartcrop(
        size.width, size.height, interesting="attention", attention_x=True, attention_y=True
    )
    return point(found["attention_x"] / image.width, found["attention_y"] / image.height)


def cut(image: "pyvips.Image", kept: Box, scene: Scene) -> Moved:
    """Return that part of an image."""
    whole, size = size_of(image), kept.size
    part = image if whole == size else image.crop(kept.left, kept.top, size.width, size.height)
    return Moved(part, follow(scene.focus, whole, (-kept.left, -kept.top), size))


STEP = Step(sizes=lambda crop, size: (box(crop, size).size,), apply=_apply)
