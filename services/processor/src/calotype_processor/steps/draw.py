from collections.abc import Mapping
from dataclasses import replace

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Resize
from calotype_processor import plan
from calotype_processor.errors import ImageTooLargeError, OutputTooLargeError
from calotype_processor.sizes import Size
from calotype_processor.steps.choose import ANIMATED, FORMAT_LONGEST, choose
from calotype_processor.steps.colour import keeps_colours
from calotype_processor.steps.registry import STEPS
from calotype_processor.work import Work


def draw(work: Work) -> None:
    """Plan the work, having found out whether it can be done at all: before anything is decoded."""
    if work.header.drawn:
        work.recipes = {name: _drawn_at(recipe) for name, recipe in work.recipes.items()}
    work.moving = tuple(name for name, one in work.recipes.items() if _stays_animated(one, work))
    if work.moving:
        _check_frames(work)
    for name, recipe in work.recipes.items():
        result = _walk(name, recipe, work, frames=work.header.pages if name in work.moving else 1)
        file_format = choose(recipe.output, work.header, result, alpha=work.header.has_alpha)
        longest = FORMAT_LONGEST.get(file_format, work.limits.max_side)
        if max(result.width, result.height) > longest:
            raise OutputTooLargeError(
                f"{name!r} would be {result}, and {file_format.upper()} holds at most {longest} "
                "pixels a side. Ask for a smaller size or another format."
            )
    still = {name: one for name, one in work.recipes.items() if name not in work.moving}
    kept = {name: one for name, one in still.items() if keeps_colours(one, work.header)}
    managed = {name: one for name, one in still.items() if name not in kept}
    work.exposures = (
        *_exposures(work, managed),
        *(replace(one, keeps_colours=True) for one in _exposures(work, kept)),
    )


def _exposures(work: Work, recipes: Mapping[str, Recipe]) -> tuple[plan.Exposure, ...]:
    if not recipes:
        return ()
    return plan.draw(
        recipes,
        work.header.upright,
        shrinks=work.header.shrinks,
        progressive=work.header.interlaced,
        drawn=work.header.drawn,
    )


def _drawn_at(recipe: Recipe) -> Recipe:
    # Lines have no pixels to run out of: a drawing is as large as it is asked to be.
    first = recipe.steps[0] if recipe.steps else None
    if not isinstance(first, Resize):
        return recipe
    return replace(recipe, steps=(replace(first, enlarge=True), *recipe.steps[1:]))


def _stays_animated(recipe: Recipe, work: Work) -> bool:
    header, output = work.header, recipe.output
    chosen = choose(output, header, header.upright, alpha=header.has_alpha)
    return header.moves and output.animated and chosen in ANIMATED


def _check_frames(work: Work) -> None:
    header, most = work.header, work.limits.max_pixels
    if (pixels := header.pages * header.size.pixels) > most:
        raise ImageTooLargeError(
            f"The animation has {header.pages} frames of {header.size}, {pixels} pixels together; "
            f'at most {most} are allowed. Ask for its first frame ("animated": false), send a '
            "smaller one, or have CALOTYPE_MAX_PIXELS raised."
        )


def _walk(name: str, recipe: Recipe, work: Work, *, frames: int) -> Size:
    size, limits = work.header.upright, work.limits
    frames_of = f"{frames} frames of " if frames > 1 else ""
    for step in recipe.steps:
        for one in STEPS[type(step)].sizes(step, size):
            if (
                frames * one.pixels > limits.max_pixels
                or max(one.width, one.height) > limits.max_side
            ):
                raise OutputTooLargeError(
                    f"{name!r} would be {frames_of}{one} on the way; at most {limits.max_pixels} "
                    f"pixels, {limits.max_side} a side, are allowed. Ask for a smaller size."
                )
            size = one
    return size
