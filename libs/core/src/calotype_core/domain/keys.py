"""Where an image's renditions are in the store: a key says which, and of what they were made.

    renditions/{imageId}/{name}-{recipe's digest}[-{what else tells it from others}].{extension}

Equal wishes give equal keys, so that making a thing again writes the same to the same place.
"""

import hashlib

from calotype_core.domain.image import FocalPoint, ImageRecord, Rendition
from calotype_core.domain.instructions import Recipe

_CHARS = 8  # of a focal point's digest


def focal_mark(focal_point: FocalPoint) -> str:
    """Return what tells renditions around this point from those around others."""
    point = f"{float(focal_point.x)!r},{float(focal_point.y)!r}"
    return f"f{hashlib.sha256(point.encode()).hexdigest()[:_CHARS]}"


def requested_name(recipe: Recipe, override: FocalPoint | None) -> str:
    """Return what a rendition is called that was asked for without a name."""
    return f"{recipe.digest}-{focal_mark(override)}" if override else recipe.digest


def stem_of(image_id: str, name: str, recipe: Recipe, *further: str) -> str:
    """Return a rendition's key without its extension."""
    return f"renditions/{image_id}/{'-'.join((name, recipe.digest, *further))}"


def requested_stem(image_id: str, name: str, recipe: Recipe, focal_point: FocalPoint | None) -> str:
    """Return the same of one that was requested; the point is the one that it is made around."""
    further = [focal_mark(focal_point)] if focal_point else []
    return stem_of(image_id, name, recipe, *further)


def is_made_as(
    record: ImageRecord, rendition: Rendition, recipe: Recipe, focal_point: FocalPoint | None
) -> bool:
    """Return whether the rendition of the record is what this recipe makes around this point."""
    if rendition in record.renditions:  # with the image itself, and so around the image's point
        stem = stem_of(record.image_id, rendition.name, recipe)
        return focal_point == record.focal_point and rendition.key.startswith(stem)
    stem = requested_stem(record.image_id, rendition.name, recipe, focal_point)
    return rendition.key.rpartition(".")[0] == stem
