from typing import TYPE_CHECKING

from calotype_core.domain.operations import Pad
from calotype_processor.sizes import Box, Size, measured
from calotype_processor.steps.ink import surrounded
from calotype_processor.steps.place import follow
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, size_of

if TYPE_CHECKING:
    import pyvips


def canvas(pad: Pad, size: Size) -> Box:
    """Return the size with its margins, and where in it the picture begins."""
    left, right = (measured(one or 0, size.width) for one in (pad.left, pad.right))
    top, bottom = (measured(one or 0, size.height) for one in (pad.top, pad.bottom))
    return Box(left, top, Size(size.width + left + right, size.height + top + bottom))


def _apply(pad: Pad, image: "pyvips.Image", scene: Scene) -> Moved:
    size = size_of(image)
    at = canvas(pad, size)
    framed = surrounded(image, at, pad.background, scene)
    return Moved(framed, follow(scene.focus, size, (at.left, at.top), at.size))


STEP = Step(sizes=lambda pad, size: (canvas(pad, size).size,), apply=_apply)
