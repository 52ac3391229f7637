from calotype_core.domain.instructions import Recipe
from calotype_processor import plan
from calotype_processor.errors import OutputTooLargeError
from calotype_processor.facts import Fact
from calotype_processor.look import with_look
from calotype_processor.previews import with_preview
from calotype_processor.sizes import Size
from calotype_processor.steps.encode import FORMAT_LONGEST, format_of
from calotype_processor.steps.know import BY_SIGHT
from calotype_processor.steps.registry import STEPS
from calotype_processor.work import Work


def draw(work: Work) -> None:
    """Plan the work, having found out whether it can be done at all: before anything is decoded."""
    for name, recipe in work.recipes.items():
        result = _walk(name, recipe, work)
        file_format = format_of(recipe.output, work.header)
        longest = FORMAT_LONGEST.get(file_format, work.limits.max_side)
        if max(result.width, result.height) > longest:
            raise OutputTooLargeError(
                f"{name!r} would be {result}, and {file_format.upper()} holds at most {longest} "
                "pixels a side. Ask for a smaller size or another format."
            )
    work.exposures = _passes(work)


def _passes(work: Work) -> tuple[plan.Exposure, ...]:
    size, shrinks = work.header.upright, work.header.shrinks
    progressive = work.header.interlaced
    passes = plan.draw(work.recipes, size, shrinks=shrinks, progressive=progressive)
    if work.facts & BY_SIGHT:
        passes = with_look(passes, size, shrinks=shrinks, progressive=progressive)
    if Fact.LABELS in work.facts:
        passes = with_preview(passes, size, shrinks=shrinks, progressive=progressive)
    return passes


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
