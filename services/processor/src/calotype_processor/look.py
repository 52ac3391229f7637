"""The look: a few thousand pixels of the original, which everything known by sight is counted from.

It is squeezed into a square, since none of that cares about the shape.
"""

from collections.abc import Sequence

from calotype_core.domain.operations import Output
from calotype_processor.beside import with_base
from calotype_processor.plan import Base, Exposure, Leaf
from calotype_processor.sizes import Size

NAME = ""  # no print can have it
_SIDE = 64


def with_look(
    exposures: Sequence[Exposure],
    size: Size,
    *,
    shrinks: bool,
    drawn: bool = False,
) -> tuple[Exposure, ...]:
    """Return the passes with the look's leaf in one of them.

    size is as a person sees it, the rest as for plan.draw.
    """
    look = Base(
        size=Size(min(_SIDE, size.width), min(_SIDE, size.height)),
        stretched=True,
        leaves=[Leaf(name=NAME, output=Output())],
    )
    return with_base(exposures, look, size, shrinks=shrinks, drawn=drawn)
