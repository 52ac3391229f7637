from typing import TYPE_CHECKING

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations import Flip
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(flip: Flip, image: "pyvips.Image", scene: Scene) -> Moved:
    if flip.axis != "horizontal":
        # As for rotate: a decoder gives its rows from the top, once.
        image = image.copy_memory()
    mirrored = image.rot180() if flip.axis == "both" else image.flip(flip.axis)
    return Moved(mirrored, focus_after(flip, scene.focus))


def focus_after(flip: Flip, focus: FocalPoint | None) -> FocalPoint | None:
    """Return where the focus is in the mirror."""
    if focus is None:
        return None
    return FocalPoint(
        x=focus.x if flip.axis == "vertical" else 1 - focus.x,
        y=focus.y if flip.axis == "horizontal" else 1 - focus.y,
    )


STEP = Step(sizes=same, apply=_apply)
