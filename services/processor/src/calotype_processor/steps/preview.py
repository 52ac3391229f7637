"""A small copy of the picture for whoever labels it: left in the folder beside the prints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Resize
from calotype_core.ports.labeller import PREVIEW_LONGEST, PREVIEW_SHORTER
from calotype_processor.engine.messages import WirePreview, preview_path
from calotype_processor.facts import Fact
from calotype_processor.sizes import Size
from calotype_processor.steps.step import size_of
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips

NAME = ".preview"  # which no rendition can have
_WHITE = 255


def recipes(work: Work) -> Mapping[str, Recipe]:
    """Return what to make besides the prints: as a print, so that one decoding does for all."""
    if Fact.LABELS not in work.facts:
        return {}
    upright = work.header.upright
    cut = _shape(upright, min(PREVIEW_SHORTER, upright.width, upright.height))
    resize = Resize(width=cut.width, height=cut.height, fit="cover")
    return {NAME: Recipe(steps=(resize,), output=Output(format="jpeg"))}  # which holds still


def leave(image: "pyvips.Image", work: Work) -> None:
    """Write the preview's pixels, and say how many there are."""
    if image.hasalpha():
        image = image.flatten(background=_WHITE)
    image = image.colourspace("srgb")
    size = _shape(size_of(image), PREVIEW_SHORTER)
    if size != size_of(image):  # enlarged only now: of what is long and thin, most was cut off
        image = image.thumbnail_image(size.width, height=size.height, size="force")
    preview_path(work.outputs).write_bytes(image.write_to_memory())
    work.preview = WirePreview(width=size.width, height=size.height)


def _shape(size: Size, shorter: int) -> Size:
    """Return the size whose shorter side is that, and whose longer one is none too long."""
    across = round(shorter * max(size.width, size.height) / min(size.width, size.height))
    longer = max(shorter, min(across, shorter * PREVIEW_LONGEST // PREVIEW_SHORTER))
    return Size(longer, shorter) if size.width >= size.height else Size(shorter, longer)
