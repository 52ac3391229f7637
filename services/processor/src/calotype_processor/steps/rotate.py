from math import cos, radians, sin
from typing import TYPE_CHECKING

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations import Rotate
from calotype_processor.sizes import Size, rounded
from calotype_processor.steps.ink import blurred, ink_of, with_ink
from calotype_processor.steps.place import point
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, size_of

if TYPE_CHECKING:
    import pyvips

_QUARTER = 90


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
    if rotate.background != "blur":
        return _affine(rotate, *with_ink(image, ink_of(rotate.background, image, scene)))
    over = _affine(rotate, *with_ink(image, ink_of(None, image, scene)))
    backdrop = blurred(image, size_of(over))
    blended = over[-1].ifthenelse(over[: over.bands - 1], backdrop, blend=True)
    return blended.copy(interpretation=backdrop.interpretation)


def _affine(rotate: Rotate, image: "pyvips.Image", colour: list[float]) -> "pyvips.Image":
    import pyvips  # noqa: PLC0415 - loaded in the child only, after its limits

    size, angle = size_of(image), radians(rotate.degrees or 0)
    whole = turned(rotate, size)
    return image.affine(
        [cos(angle), -sin(angle), sin(angle), cos(angle)],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, whole.width, whole.height],
        idx=-(size.width - 1) / 2,  # around the middle; whole numbers are the middles of pixels
        idy=-(size.height - 1) / 2,
        odx=(whole.width - 1) / 2,
        ody=(whole.height - 1) / 2,
        background=colour,
        extend="background",
    )


STEP = Step(sizes=lambda rotate, size: (turned(rotate, size),), apply=_apply)
