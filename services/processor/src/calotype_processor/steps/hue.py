import math
from typing import TYPE_CHECKING

from calotype_core.domain.operations import Hue
from calotype_processor.steps.bands import LUMA, colours_of, mixed
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips

_RED, _GREEN, _BLUE = LUMA
# What a quarter turn adds to the luma, of red, green and blue (W3C Filter Effects, hueRotate).
_QUARTER = (
    (-_RED, -_GREEN, 1 - _BLUE),
    (0.143, 0.140, -0.283),
    (_RED - 1, _GREEN, _BLUE),
)


def _apply(hue: Hue, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    if colours_of(image) == 1:
        return image
    angle = math.radians(hue.degrees or 0)
    kept, turned = math.cos(angle), math.sin(angle)
    matrix = [
        [
            weight + kept * ((row == column) - weight) + turned * _QUARTER[row][column]
            for column, weight in enumerate(LUMA)
        ]
        for row in range(3)
    ]
    return mixed(image, matrix)


STEP = Step(sizes=same, apply=_apply)
