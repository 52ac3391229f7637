from typing import TYPE_CHECKING

from calotype_core.domain.operations import Rgb
from calotype_processor.steps.bands import FULL, colours_of, line
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(rgb: Rgb, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    if colours_of(image) == 1:
        image = image.colourspace("srgb")
    return line(image, 1, [FULL * amount / 100 for amount in (rgb.red, rgb.green, rgb.blue)])


STEP = Step(sizes=same, apply=_apply)
