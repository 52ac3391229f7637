from typing import TYPE_CHECKING

from calotype_core.domain.operations import Pixelate
from calotype_processor.steps.bands import by_visibility
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(pixelate: Pixelate, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    # A square larger than the image is the image: no more of its edge is made up.
    across, down = (min(pixelate.size or 1, side) for side in (image.width, image.height))
    squares = by_visibility(image, lambda pixels: pixels.shrink(across, down, ceil=True))
    # Each row of squares is asked for many times over.
    return squares.copy_memory().zoom(across, down).crop(0, 0, image.width, image.height)


STEP = Step(sizes=same, apply=_apply)
