from typing import TYPE_CHECKING

from calotype_core.domain.operations import Background
from calotype_processor.steps.ink import ink_of, with_ink
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips

_OPAQUE = 255


def _apply(background: Background, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
    if not image.hasalpha():
        return image
    if background.colour == "auto":
        image = image.copy_memory()
    *shades, opacity = ink_of(background.colour, image, scene)
    inked, colour = with_ink(image, (shades[0], shades[1], shades[2], opacity))
    if opacity == _OPAQUE:
        return inked.flatten(background=colour[:-1])
    behind = inked.new_from_image(colour)
    return behind.composite(inked, "over")


STEP = Step(sizes=same, apply=_apply)
