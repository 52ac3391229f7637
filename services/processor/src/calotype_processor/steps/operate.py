from dataclasses import replace
from typing import TYPE_CHECKING

from calotype_processor.plan import Leaf
from calotype_processor.steps.fitting import fits, within
from calotype_processor.steps.orient import focus_as_stored
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.step import Moved, size_of
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips


def operate(work: Work) -> None:
    """Do what is left of each recipe."""
    for index, (leaf, image) in enumerate(work.images):
        work.images[index] = leaf, _operated(work, leaf, image)


def _operated(work: Work, leaf: Leaf, image: "pyvips.Image") -> "pyvips.Image":
    scene = work.scene
    if not leaf.output.auto_orient:
        scene = replace(scene, focus=focus_as_stored(scene.focus, work.header.orientation))
    for operation in leaf.steps:
        # Once more, by the size that it has: pixels may have decided it.
        within(leaf.name, operation, size_of(image), scene.limits)
        made = STEPS[type(operation)].apply(operation, image, scene)
        image, focus = made if isinstance(made, Moved) else Moved(made, scene.focus)
        scene = replace(scene, focus=focus)
    fits(leaf.name, leaf.output, size_of(image), work)
    return image
