from typing import TYPE_CHECKING

from calotype_core.domain.operations import Blur
from calotype_processor.steps.bands import by_visibility
from calotype_processor.steps.gaussian import gaussian
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(blur: Blur, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    return by_visibility(image, lambda pixels: gaussian(pixels, blur.sigma or 0))


STEP = Step(sizes=same, apply=_apply)
