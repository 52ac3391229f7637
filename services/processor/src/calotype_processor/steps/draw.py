from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from calotype_core.domain.instructions import Recipe
from calotype_processor import plan
from calotype_processor.plan import Exposure
from calotype_processor.steps.colour import keeps_colours
from calotype_processor.steps.fitting import fits, within
from calotype_processor.work import Work


def draw(work: Work) -> None:
    """Plan the work, having found out whether it can be done at all: before anything is decoded."""
    for name, recipe in work.recipes.items():
        size = work.header.upright if recipe.output.auto_orient else work.header.size
        for operation in recipe.steps:
            size = within(name, operation, size, work.limits)
        fits(name, recipe.output, size, work.header, alpha=work.header.has_alpha)
    work.exposures = tuple(_exposures(work))


def _exposures(work: Work) -> Iterator[Exposure]:
    """Yield the passes for each way in which pixels are put upright and colours converted."""
    for upright, kept in product((True, False), (False, True)):
        recipes = {
            name: recipe
            for name, recipe in work.recipes.items()
            if recipe.output.auto_orient is upright and keeps_colours(recipe, work.header) is kept
        }
        for exposure in _passes(work, recipes, upright=upright) if recipes else ():
            yield replace(exposure, keeps_colours=kept)


def _passes(work: Work, recipes: Mapping[str, Recipe], *, upright: bool) -> tuple[Exposure, ...]:
    return plan.draw(
        recipes,
        work.header.upright if upright else work.header.size,
        shrinks=work.header.shrinks,
        progressive=work.header.interlaced,
        upright=upright,
    )
