from math import cos, radians, sin
from typing import TYPE_CHECKING

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations import Rotate
from calotype_processor.sizes import Size, rounded
from calotype_processor.steps.ink import cut_out
from calotype_processor.steps.place import point
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, size_of

if TYPE_CHECKING:
    import pyvips

_QUARTER = 90
_OPAQUE = 255


def turned(rotate: Rotate, size: Size) -> Size:
    """Return the size of what holds the turned image."""
    degrees = rotate.degrees or 0
    if degrees % _QUARTER == 0:
        return size.turned() if degrees / _QUARTER % 2 else size
    across, along = abs(cos(radians(degrees))), abs(sin(radians(degrees)))
    return Size(
        max(1, rounded(size.width * across + size.height * along)),
        max(1, rounded(size.width * along + size.height * across)),
    )


def focus_after(rotate: Rotate, size: Size, focus: FocalPoint | None) -> FocalPoint | None:
    """Return where the focus of an image of that size is once it is turned around its middle."""
    if focus is None:
        return None
    after, angle = turned(rotate, size), radians(rotate.degrees or 0)
    x, y = (focus.x - 0.5) * size.width, (focus.y - 0.5) * size.height
    return point(
        0.5 + (x * cos(angle) - y * sin(angle)) / after.width,
        0.5 + (x * sin(angle) + y * cos(angle)) / after.height,
    )


def _apply(rotate: Rotate, image: "pyvips.Image", scene: Scene) -> Moved:
    focus = focus_after(rotate, size_of(image), scene.focus)
    degrees = rotate.degrees or 0
    if not degrees:
        return Moved(image, focus)
    # A decoder gives rows from the top and once; turning needs them in another order.
    image = image.copy_memory()
    if degrees % _QUARTER == 0:
        return Moved(image.rot(f"d{int(degrees)}"), focus)
    return Moved(_turn(rotate, image, scene), focus)


def _turn(rotate: Rotate, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
    # Against a background of its own, sharp interpolation would draw a line around the picture.
    shown = _affine(rotate, image, "bicubic", extend="copy")
    mask = _affine(rotate, image[0].new_from_image(_OPAQUE), "bilinear", extend="background")
    return cut_out(shown, mask, rotate.background, scene, of=image)


def _affine(
    rotate: Rotate, image: "pyvips.Image", interpolation: str, *, extend: str
) -> "pyvips.Image":
    import pyvips  # noqa: PLC0415 - loaded in the child only, after its limits

    size, angle = size_of(image), radians(rotate.degrees or 0)
    whole = turned(rotate, size)
    return image.affine(
        [cos(angle), -sin(angle), sin(angle), cos(angle)],
        interpolate=pyvips.Interpolate.new(interpolation),
        oarea=[0, 0, whole.width, whole.height],
        idx=-(size.width - 1) / 2,  # around the middle; whole numbers are the middles of pixels
        idy=-(size.height - 1) / 2,
        odx=(whole.width - 1) / 2,
        ody=(whole.height - 1) / 2,
        extend=extend,
    )


STEP = Step(sizes=lambda rotate, size: (turned(rotate, size),), apply=_apply)
