from typing import TYPE_CHECKING

from calotype_core.domain.operations import Brightness
from calotype_processor.steps.bands import FULL, line
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(brightness: Brightness, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    return line(image, 1, [FULL * (brightness.amount or 0) / 100])


STEP = Step(sizes=same, apply=_apply)
