from typing import TYPE_CHECKING

from calotype_core.domain.operations import Crop, Extend, Fit, Resize
from calotype_processor.sizes import Size, times
from calotype_processor.steps import crop, extend
from calotype_processor.steps.scale import scale
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, size_of

if TYPE_CHECKING:
    import pyvips


def scaled(resize: Resize, size: Size) -> Size:
    """Return the size before the overhang of "cover" is cropped off, or "contain" is filled up.

    Unless it may enlarge, no side grows: all but "fill" keep their proportions and stop at the
    original's size; "fill" stretches to the smaller of the two on each side. What would be smaller
    than minWidth or minHeight grows all the same.
    """
    width, height = _asked(resize, size)
    if resize.fit == "fill" and width and height:
        if not resize.enlarge:
            width, height = min(width, size.width), min(height, size.height)
        return Size(max(width, resize.min_width or 1), max(height, resize.min_height or 1))
    ratio = _ratio(resize, size, width, height)
    if not resize.enlarge:
        ratio = min(ratio, 1.0)
    least = max((resize.min_width or 0) / size.width, (resize.min_height or 0) / size.height)
    return times(size, max(ratio, least))


def _asked(resize: Resize, size: Size) -> tuple[int | None, int | None]:
    """Return the box, turned where that is wanted and the image lies the other way."""
    width, height = resize.width, resize.height
    if resize.adaptive and width and height and (width > height) != (size.width > size.height):
        return height, width
    return width, height


def _ratio(resize: Resize, size: Size, width: int | None, height: int | None) -> float:
    if resize.scale is not None:
        return resize.scale
    sides = ((width, size.width), (height, size.height))
    ratios = [asked / has for asked, has in sides if asked] or [1.0]
    return max(ratios) if fit_of(resize, size) in ("cover", "outside") else min(ratios)


def fit_of(resize: Resize, size: Size) -> Fit:
    """Return the fit, "auto" as it turns out for an image of that size."""
    if resize.fit != "auto":
        return resize.fit
    width, height = _asked(resize, size)
    alike = width and height and (width > height) == (size.width > size.height)
    return "cover" if alike else "inside"


def sizes(resize: Resize, size: Size) -> tuple[Size, Size]:
    """Return the size as scaled, and the size that comes of it."""
    whole = scaled(resize, size)
    if isinstance(rest := finish(resize, size), Crop):
        return whole, crop.box(rest, whole).size
    return whole, extend.canvas(rest, whole) if rest else whole


def finish(resize: Resize, size: Size) -> Crop | Extend | None:
    """Return what is left to do of it once the image of that size was scaled."""
    whole, fit = scaled(resize, size), fit_of(resize, size)
    width, height = _asked(resize, size)
    box = Size(
        max(width or whole.width, resize.min_width or 1),
        max(height or whole.height, resize.min_height or 1),
    )
    if fit == "cover" and not box.holds(whole):
        return Crop(
            width=box.width,
            height=box.height,
            gravity=resize.gravity,
            offset_x=resize.offset_x,
            offset_y=resize.offset_y,
            focal_point=resize.focal_point,
        )
    if fit == "contain" and not whole.holds(box):
        return Extend(
            width=box.width,
            height=box.height,
            gravity=resize.gravity,
            offset_x=resize.offset_x,
            offset_y=resize.offset_y,
            background=resize.background,
        )
    return None


def _apply(resize: Resize, image: "pyvips.Image", scene: Scene) -> "pyvips.Image | Moved":
    size = size_of(image)
    whole, rest = scaled(resize, size), finish(resize, size)
    if whole != size:
        image = scale(image, whole)
    if isinstance(rest, Crop):
        return crop.STEP.apply(rest, image, scene)
    return extend.STEP.apply(rest, image, scene) if rest else image


STEP = Step(sizes=sizes, apply=_apply)
