from dataclasses import replace

from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.step import size_of
from calotype_processor.steps.trim import trim
from calotype_processor.work import Work


def operate(work: Work) -> None:
    """Do what is left of each recipe."""
    for index, (leaf, image) in enumerate(work.images):
        worked = trim(image, leaf.trimmed) if leaf.trimmed else image
        scene = work.scene
        for operation in leaf.steps:
            step, size = STEPS[type(operation)], size_of(worked)
            worked = step.apply(operation, worked, scene)
            scene = replace(scene, focus=step.focus(operation, size, scene))
        work.images[index] = leaf, worked
