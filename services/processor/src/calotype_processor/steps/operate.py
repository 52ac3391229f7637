from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.trim import trim
from calotype_processor.work import Work


def operate(work: Work) -> None:
    """Do what is left of each recipe."""
    for index, (leaf, image) in enumerate(work.images):
        worked = trim(image, leaf.trimmed) if leaf.trimmed else image
        for step in leaf.steps:
            worked = STEPS[type(step)].apply(step, worked)
        work.images[index] = leaf, worked
