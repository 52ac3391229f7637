from calotype_core.domain.instructions import Recipe
from calotype_processor.errors import ImageTooLargeError
from calotype_processor.work import Work

_ABLE = frozenset({"auto", "gif", "webp"})  # "auto" takes one of the others, where it moves


def moving(work: Work) -> tuple[str, ...]:
    """Return the names of the prints that stay animations.

    Raises ImageTooLargeError where there are any, and too many pixels in all frames together.
    """
    names = tuple(name for name, recipe in work.recipes.items() if _moves(recipe, work))
    header, most = work.header, work.limits.max_pixels
    pixels = header.pages * header.size.pixels
    if names and pixels > most:
        raise ImageTooLargeError(
            f"The animation has {header.pages} frames of {header.size}, {pixels} pixels together; "
            f'at most {most} are allowed. Ask for its first frame ("animated": false), send a '
            "smaller one, or have CALOTYPE_MAX_PIXELS raised."
        )
    return names


def _moves(recipe: Recipe, work: Work) -> bool:
    output = recipe.output
    return work.header.moves and output.animated and output.format in _ABLE
