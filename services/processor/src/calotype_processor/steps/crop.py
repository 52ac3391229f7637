from typing import TYPE_CHECKING

from calotype_core.domain.operations import Crop
from calotype_processor.errors import CropOutsideImageError
from calotype_processor.sizes import Box, Size
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, size_of

if TYPE_CHECKING:
    import pyvips


def box(crop: Crop, size: Size) -> Box:
    """Return the part that stays.

    A box at x, y must lie inside the image: raises CropOutsideImageError. A box placed by gravity
    keeps what there is: where the image is the smaller one, its whole side.
    """
    if crop.x is not None and crop.y is not None:
        wanted = Size(crop.width or 1, crop.height or 1)
        if crop.x + wanted.width > size.width or crop.y + wanted.height > size.height:
            raise CropOutsideImageError(
                f"The crop of {wanted} pixels at {crop.x}, {crop.y} reaches outside the image, "
                f"which is {size} at that point. Ask for a box inside it, or use gravity."
            )
        return Box(crop.x, crop.y, wanted)
    kept = Size(min(crop.width or 1, size.width), min(crop.height or 1, size.height))
    gravity = crop.gravity or "centre"
    left = _place(size.width - kept.width, start="west" in gravity, end="east" in gravity)
    top = _place(size.height - kept.height, start="north" in gravity, end="south" in gravity)
    return Box(left, top, kept)


def _place(slack: int, *, start: bool, end: bool) -> int:
    if start:
        return 0
    return slack if end else slack // 2


def _apply(crop: Crop, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    kept = box(crop, size_of(image))
    return image.crop(kept.left, kept.top, kept.size.width, kept.size.height)


STEP = Step(sizes=lambda crop, size: (box(crop, size).size,), apply=_apply)
