from typing import TYPE_CHECKING

from calotype_core.domain.operations import Grayscale
from calotype_processor.steps.bands import LUMA, colours_of, rounded
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(_grayscale: Grayscale, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    if colours_of(image) == 1:
        return image
    matrix = [[*LUMA, 0.0], [0.0, 0.0, 0.0, 1.0]] if image.hasalpha() else [[*LUMA]]
    return rounded(image.recomb(matrix)).copy(interpretation="b-w")


STEP = Step(sizes=same, apply=_apply)
