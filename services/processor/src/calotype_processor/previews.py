"""The preview: a small copy of the picture, for whoever labels it."""

from collections.abc import Sequence

from calotype_core.domain.operations import Output
from calotype_core.ports.labeller import PREVIEW_SHORTER
from calotype_processor.beside import with_base
from calotype_processor.plan import Base, Exposure, Leaf
from calotype_processor.sizes import Size, times

NAME = ".preview"  # no print can have it


def with_preview(
    exposures: Sequence[Exposure],
    size: Size,
    *,
    shrinks: bool,
    drawn: bool = False,
) -> tuple[Exposure, ...]:
    """Return the passes with the preview's leaf in one of them, as with_look does with the look's.

    It is the whole original, its shorter side PREVIEW_SHORTER; an original that is smaller stays.
    """
    scale = min(1.0, PREVIEW_SHORTER / min(size.width, size.height))
    preview = Base(
        size=times(size, scale), stretched=False, leaves=[Leaf(name=NAME, output=Output())]
    )
    return with_base(exposures, preview, size, shrinks=shrinks, drawn=drawn)
