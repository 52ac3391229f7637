from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Resize
from calotype_processor import plan
from calotype_processor.facts import Fact
from calotype_processor.look import with_look
from calotype_processor.plan import Exposure
from calotype_processor.previews import with_preview
from calotype_processor.steps.colour import keeps_colours
from calotype_processor.steps.fitting import fits, within
from calotype_processor.steps.know import BY_SIGHT
from calotype_processor.steps.moving import moving
from calotype_processor.work import Work


def draw(work: Work) -> None:
    """Plan the work, having found out whether it can be done at all: before anything is decoded."""
    if work.header.drawn:
        work.recipes = {name: _drawn_at(recipe) for name, recipe in work.recipes.items()}
    work.moving = moving(work)
    for name, recipe in work.recipes.items():
        size = work.header.upright if recipe.output.auto_orient else work.header.size
        frames = work.header.pages if name in work.moving else 1
        for operation in recipe.steps:
            size = within(name, operation, size, work.limits, frames=frames)
        fits(name, recipe.output, size, work.header, alpha=work.header.has_alpha)
    work.exposures = _beside(work, tuple(_exposures(work)))


def _drawn_at(recipe: Recipe) -> Recipe:
    # Lines have no pixels to run out of: a drawing is as large as it is asked to be.
    first = recipe.steps[0] if recipe.steps else None
    if not isinstance(first, Resize):
        return recipe
    return replace(recipe, steps=(replace(first, enlarge=True), *recipe.steps[1:]))


def _exposures(work: Work) -> Iterator[Exposure]:
    """Yield the passes: pixels that are put upright or have their colours kept are not shared."""
    header = work.header
    for upright, keeps in product((True, False), (False, True)):
        recipes = {
            name: recipe
            for name, recipe in work.recipes.items()
            if name not in work.moving and _treated(recipe, work) == (upright, keeps)
        }
        if recipes:
            passes = plan.draw(
                recipes,
                header.upright if upright else header.size,
                shrinks=header.shrinks,
                progressive=header.interlaced,
                drawn=header.drawn,
                upright=upright,
            )
            yield from (replace(one, keeps_colours=keeps) for one in passes)


def _beside(work: Work, passes: tuple[Exposure, ...]) -> tuple[Exposure, ...]:
    header = work.header
    for fact, with_it in ((BY_SIGHT, with_look), ({Fact.LABELS}, with_preview)):
        if work.facts & fact:
            passes = with_it(
                passes,
                header.upright,
                shrinks=header.shrinks,
                drawn=header.drawn,
            )
    return passes


def _treated(recipe: Recipe, work: Work) -> tuple[bool, bool]:
    return recipe.output.auto_orient, keeps_colours(recipe, work.header)
