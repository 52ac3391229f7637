"""What a client's Accept header says of image formats (RFC 9110, 12.5.1)."""

from collections.abc import Sequence
from dataclasses import replace

from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.domain.operations import NEGOTIABLE, Negotiable


def accepted_formats(header: str) -> tuple[Negotiable, ...]:
    """Return the formats that not every client shows and that this one names.

    A wildcard names nothing: libraries send it that show no image at all.
    """
    named = {kind for kind, refused in map(_range, header.lower().split(",")) if not refused}
    return tuple(one for one in NEGOTIABLE if f"image/{one}" in named)


def for_client(instructions: Instructions, accepts: Sequence[Negotiable]) -> Instructions:
    """Return the instructions with what the client accepts, where they say "auto" and not what."""
    if not accepts:
        return instructions
    renditions = {
        name: _told(recipe, tuple(accepts)) for name, recipe in instructions.renditions.items()
    }
    return Instructions(renditions=renditions)


def _told(recipe: Recipe, accepts: tuple[Negotiable, ...]) -> Recipe:
    output = recipe.output
    if output.format != "auto" or output.accepts is not None:
        return recipe
    return replace(recipe, output=replace(output, accepts=accepts))


def _range(text: str) -> tuple[str, bool]:
    """Return a media range, and whether its weight is nothing: "image/avif;q=0"."""
    kind, *parameters = (part.strip() for part in text.split(";"))
    weights = (one.partition("=")[2].strip() for one in parameters if one.startswith("q="))
    return kind, any(not weight.strip("0.") for weight in weights)
