from typing import TYPE_CHECKING

from calotype_core.domain.operations import Contrast
from calotype_processor.steps.bands import FULL, line
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips

_MIDDLE = FULL / 2


def _apply(contrast: Contrast, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    slope = (1 + (contrast.amount or 0) / 100) ** 2
    return line(image, slope, [_MIDDLE * (1 - slope)])


STEP = Step(sizes=same, apply=_apply)
