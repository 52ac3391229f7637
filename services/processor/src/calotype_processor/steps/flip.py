from typing import TYPE_CHECKING

from calotype_core.domain.operations import Flip
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step

if TYPE_CHECKING:
    import pyvips


def _apply(flip: Flip, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    # As for rotate: a decoder gives its rows from the top, once.
    image = image.copy_memory()
    return image.rot180() if flip.axis == "both" else image.flip(flip.axis)


STEP = Step(sizes=lambda _flip, size: (size,), apply=_apply)
