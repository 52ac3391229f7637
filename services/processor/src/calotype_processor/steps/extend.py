from typing import TYPE_CHECKING

from calotype_core.domain.operations import Extend
from calotype_processor.sizes import Box, Size, smallest
from calotype_processor.steps.ink import surrounded
from calotype_processor.steps.place import follow, place
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, size_of

if TYPE_CHECKING:
    import pyvips


def canvas(extend: Extend, size: Size) -> Size:
    """Return the size with the room; a side that is long enough stays as it is."""
    if extend.aspect is not None:
        return smallest(extend.aspect, size)
    return Size(max(extend.width or 0, size.width), max(extend.height or 0, size.height))


def _apply(extend: Extend, image: "pyvips.Image", scene: Scene) -> Moved:
    size = size_of(image)
    whole = canvas(extend, size)
    at = place(size, whole, extend)
    framed = surrounded(image, Box(at.left, at.top, whole), extend.background, scene)
    return Moved(framed, follow(scene.focus, size, (at.left, at.top), whole))


STEP = Step(sizes=lambda extend, size: (canvas(extend, size),), apply=_apply)
