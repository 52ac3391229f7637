from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calotype_processor.plan import Leaf
from calotype_processor.steps.fitting import fits, within
from calotype_processor.steps.orient import focus_as_stored
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved, size_of
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips

Decided = list[dict[str, Any]]  # what each of a print's steps made up its mind about


def operate(work: Work) -> None:
    """Do what is left of each recipe."""
    for index, (leaf, image) in enumerate(work.images):
        worked = perform(leaf, image, scene_of(leaf, work), [{} for _ in leaf.steps])
        fits(leaf.name, leaf.output, size_of(worked), work.header, alpha=worked.hasalpha())
        work.images[index] = leaf, worked


def scene_of(leaf: Leaf, work: Work) -> Scene:
    """Return the scene, its focal point where that is in what the print begins with."""
    if leaf.output.auto_orient:
        return work.scene
    stored = focus_as_stored(work.scene.focus, work.header.orientation)
    return replace(work.scene, focus=stored)


def perform(leaf: Leaf, image: "pyvips.Image", scene: Scene, decided: Decided) -> "pyvips.Image":
    """Return what is left to do of an image, or of a frame: decided is the same for all frames."""
    focus = scene.focus
    for operation, decisions in zip(leaf.steps, decided, strict=True):
        # Once more, by the size that it has: pixels may have decided it.
        within(leaf.name, operation, size_of(image), scene.limits)
        here = replace(scene, focus=focus, decided=decisions)
        made = STEPS[type(operation)].apply(operation, image, here)
        image, focus = made if isinstance(made, Moved) else (made, focus)
    return image
