from functools import partial
from typing import TYPE_CHECKING

from calotype_core.domain.colours import channels
from calotype_core.domain.operations import Trim
from calotype_processor.sizes import Box, Size
from calotype_processor.steps.crop import cut
from calotype_processor.steps.ink import with_ink
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, same, size_of

if TYPE_CHECKING:
    import pyvips

_OPAQUE = 255


def _apply(trim: Trim, image: "pyvips.Image", scene: Scene) -> Moved:
    image = image.copy_memory()  # it is looked at, and then used
    content = scene.once("content", partial(_content, trim, image))
    return cut(image, even(trim, content, size_of(image)), scene)


def even(trim: Trim, kept: Box, size: Size) -> Box:
    """Return the part that stays where opposite edges lose as much as the one that loses less."""
    left, top = kept.left, kept.top
    right, bottom = size.width - left - kept.size.width, size.height - top - kept.size.height
    if trim.equal_horizontal:
        left = right = min(left, right)
    if trim.equal_vertical:
        top = bottom = min(top, bottom)
    return Box(left, top, Size(size.width - left - right, size.height - top - bottom))


def _content(trim: Trim, image: "pyvips.Image") -> Box:
    inked, colour = _edge(trim, image)
    if inked.hasalpha():  # what cannot be seen differs in nothing
        *shades, opacity = colour
        colour = [*(one * opacity / _OPAQUE for one in shades), opacity]
        inked = inked.premultiply()
    off = ((inked - colour).abs() > trim.threshold).bandor()
    # No median filter: a line of one pixel is content, too.
    left, top, width, height = off.find_trim(threshold=1, background=[0], line_art=True)
    return Box(left, top, Size(width, height)) if width and height else Box(0, 0, size_of(image))


def _edge(trim: Trim, image: "pyvips.Image") -> tuple["pyvips.Image", list[float]]:
    if trim.colour is None:
        return image, image.getpoint(0, 0)
    if trim.colour == "southeast":
        return image, image.getpoint(image.width - 1, image.height - 1)
    return with_ink(image, channels(trim.colour))


STEP = Step(sizes=same, apply=_apply)
