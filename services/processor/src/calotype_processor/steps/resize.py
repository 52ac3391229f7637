from typing import TYPE_CHECKING

from calotype_core.domain.operations import Resize
from calotype_processor.sizes import Size, times
from calotype_processor.steps.scale import scale
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, size_of
from calotype_processor.steps.trim import trim

if TYPE_CHECKING:
    import pyvips


def scaled(resize: Resize, size: Size) -> Size:
    """Return the size before the overhang of "cover" is cropped off.

    Unless it may enlarge, no side grows: "inside" and "cover" then keep their proportions and stop
    at the original's size; "fill" stretches to the smaller of the two on each side.
    """
    if resize.fit == "fill" and resize.width and resize.height:
        asked = Size(resize.width, resize.height)
        capped = Size(min(asked.width, size.width), min(asked.height, size.height))
        return asked if resize.enlarge else capped
    ratios = [
        asked / has
        for asked, has in ((resize.width, size.width), (resize.height, size.height))
        if asked
    ]
    ratio = max(ratios) if resize.fit == "cover" else min(ratios)
    return times(size, ratio if resize.enlarge else min(ratio, 1.0))


def sizes(resize: Resize, size: Size) -> tuple[Size, Size]:
    """Return the size as scaled, and the size that remains of it."""
    whole = scaled(resize, size)
    if resize.fit != "cover":
        return whole, whole
    return whole, Size(
        min(resize.width or whole.width, whole.width),
        min(resize.height or whole.height, whole.height),
    )


def _apply(resize: Resize, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    whole, remains = sizes(resize, size_of(image))
    return trim(scale(image, whole), remains)


STEP = Step(sizes=sizes, apply=_apply)
