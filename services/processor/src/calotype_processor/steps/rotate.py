from typing import TYPE_CHECKING

from calotype_core.domain.operations import Rotate
from calotype_processor.sizes import Size
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step

if TYPE_CHECKING:
    import pyvips


def _sizes(rotate: Rotate, size: Size) -> tuple[Size]:
    return (size if rotate.degrees == 180 else size.turned(),)  # noqa: PLR2004 - half a turn


def _apply(rotate: Rotate, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    # A decoder gives rows from the top and once; turning needs them in another order.
    return image.copy_memory().rot(f"d{rotate.degrees}")


STEP = Step(sizes=_sizes, apply=_apply)
