from collections.abc import Iterator

from calotype_processor import plan
from calotype_processor.plan import Exposure
from calotype_processor.steps.fitting import fits, within
from calotype_processor.work import Work


def draw(work: Work) -> None:
    """Plan the work, having found out whether it can be done at all: before anything is decoded."""
    for name, recipe in work.recipes.items():
        size = work.header.upright if recipe.output.auto_orient else work.header.size
        for operation in recipe.steps:
            size = within(name, operation, size, work.limits)
        fits(name, recipe.output, size, work)
    work.exposures = tuple(_exposures(work))


def _exposures(work: Work) -> Iterator[Exposure]:
    """Yield the passes for what is put upright, then those for what is left as it is stored."""
    for upright in (True, False):
        recipes = {
            name: recipe
            for name, recipe in work.recipes.items()
            if recipe.output.auto_orient is upright
        }
        if recipes:
            yield from plan.draw(
                recipes,
                work.header.upright if upright else work.header.size,
                shrinks=work.header.shrinks,
                progressive=work.header.interlaced,
                upright=upright,
            )
