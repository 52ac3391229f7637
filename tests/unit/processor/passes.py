"""What the plans of looks and previews are tried with."""

from collections.abc import Sequence

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Resize
from calotype_processor.plan import Base, Exposure
from calotype_processor.sizes import Size

PHOTO = Size(4000, 3000)


def resized(width: int) -> Recipe:
    return Recipe(steps=(Resize(width=width),))


def base_of(passes: Sequence[Exposure], name: str) -> tuple[Exposure, Base]:
    """Return the pass that has a leaf of that name, and its base; it is in one alone."""
    ((exposure, base),) = [
        (exposure, base)
        for exposure in passes
        for base in exposure.bases
        if any(leaf.name == name for leaf in base.leaves)
    ]
    return exposure, base
