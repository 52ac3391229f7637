from typing import TYPE_CHECKING

from calotype_core.domain.operations import Sharpen
from calotype_processor.steps.bands import by_visibility, colours_of, rounded
from calotype_processor.steps.gaussian import gaussian
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(sharpen: Sharpen, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    image = image.copy_memory()  # read twice: as it is, and blurred
    blurred = by_visibility(image, lambda pixels: gaussian(pixels, sharpen.sigma or 0))
    colours = colours_of(image)
    sharp, soft = image.extract_band(0, n=colours), blurred.extract_band(0, n=colours)
    sharp = rounded(sharp * (1 + sharpen.amount) - soft * sharpen.amount)
    return sharp.bandjoin(image[colours]) if image.hasalpha() else sharp


STEP = Step(sizes=same, apply=_apply)
