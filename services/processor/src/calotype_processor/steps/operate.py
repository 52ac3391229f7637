from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calotype_core.domain.operations import Operation
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import size_of
from calotype_processor.steps.trim import trim
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips


Decided = list[dict[str, Any]]  # what each of a print's steps made up its mind about


def operate(work: Work) -> None:
    """Do what is left of each recipe."""
    for index, (leaf, image) in enumerate(work.images):
        begun = trim(image, leaf.trimmed) if leaf.trimmed else image
        worked = perform(leaf.steps, begun, work.scene, [{} for _ in leaf.steps])
        work.images[index] = leaf, worked


def perform(
    steps: Sequence[Operation], image: "pyvips.Image", scene: Scene, decided: Decided
) -> "pyvips.Image":
    """Return what the steps make of an image, or of a frame: decided is the same for all frames."""
    focus = scene.focus
    for operation, decisions in zip(steps, decided, strict=True):
        step, size = STEPS[type(operation)], size_of(image)
        here = replace(scene, focus=focus, decided=decisions)
        image = step.apply(operation, image, here)
        focus = step.focus(operation, size, here)
    return image
