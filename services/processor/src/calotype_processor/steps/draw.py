from collections.abc import Mapping
from dataclasses import replace

from calotype_core.domain.instructions import Recipe
from calotype_processor import plan
from calotype_processor.errors import OutputTooLargeError
from calotype_processor.facts import Fact
from calotype_processor.look import with_look
from calotype_processor.previews import with_preview
from calotype_processor.sizes import Size
from calotype_processor.steps.choose import FORMAT_LONGEST, choose
from calotype_processor.steps.colour import keeps_colours
from calotype_processor.steps.know import BY_SIGHT
from calotype_processor.steps.registry import STEPS
from calotype_processor.work import Work


def draw(work: Work) -> None:
    """Plan the work, having found out whether it can be done at all: before anything is decoded."""
    for name, recipe in work.recipes.items():
        result = _walk(name, recipe, work)
        file_format = choose(recipe.output, work.header, result, alpha=work.header.has_alpha)
        longest = FORMAT_LONGEST.get(file_format, work.limits.max_side)
        if max(result.width, result.height) > longest:
            raise OutputTooLargeError(
                f"{name!r} would be {result}, and {file_format.upper()} holds at most {longest} "
                "pixels a side. Ask for a smaller size or another format."
            )
    kept = {name: one for name, one in work.recipes.items() if keeps_colours(one, work.header)}
    managed = {name: one for name, one in work.recipes.items() if name not in kept}
    work.exposures = (
        *_beside(work, _exposures(work, managed)),
        *(replace(one, keeps_colours=True) for one in _exposures(work, kept)),
    )


def _beside(work: Work, passes: tuple[plan.Exposure, ...]) -> tuple[plan.Exposure, ...]:
    """Return the passes, whose colours are sRGB, with what is made for our own eyes besides."""
    size, shrinks = work.header.upright, work.header.shrinks
    progressive = work.header.interlaced
    if work.facts & BY_SIGHT:
        passes = with_look(passes, size, shrinks=shrinks, progressive=progressive)
    if Fact.LABELS in work.facts:
        passes = with_preview(passes, size, shrinks=shrinks, progressive=progressive)
    return passes


def _exposures(work: Work, recipes: Mapping[str, Recipe]) -> tuple[plan.Exposure, ...]:
    if not recipes:
        return ()
    return plan.draw(
        recipes,
        work.header.upright,
        shrinks=work.header.shrinks,
        progressive=work.header.interlaced,
    )


def _walk(name: str, recipe: Recipe, work: Work) -> Size:
    size, limits = work.header.upright, work.limits
    for step in recipe.steps:
        for one in STEPS[type(step)].sizes(step, size):
            if one.pixels > limits.max_pixels or max(one.width, one.height) > limits.max_side:
                raise OutputTooLargeError(
                    f"{name!r} would be {one} on the way; at most {limits.max_pixels} pixels, "
                    f"{limits.max_side} a side, are allowed. Ask for a smaller size."
                )
            size = one
    return size
