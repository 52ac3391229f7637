from typing import TYPE_CHECKING

from calotype_core.domain.operations import Saturation
from calotype_processor.steps.bands import LUMA, colours_of, mixed
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(saturation: Saturation, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    if colours_of(image) == 1:
        return image
    kept = 1 + (saturation.amount or 0) / 100
    matrix = [
        [weight * (1 - kept) + kept * (row == column) for column, weight in enumerate(LUMA)]
        for row in range(3)
    ]
    return mixed(image, matrix)


STEP = Step(sizes=same, apply=_apply)
