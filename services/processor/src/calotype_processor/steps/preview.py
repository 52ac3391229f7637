import sys
from typing import TYPE_CHECKING

from calotype_core.ports.labeller import PREVIEW_LONGEST, PREVIEW_SHORTER
from calotype_processor import previews
from calotype_processor.engine.messages import WirePreview, preview_path
from calotype_processor.sizes import Size
from calotype_processor.steps.step import size_of
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips

_WHITE = 255


def preview(work: Work) -> None:
    """Leave the preview beside the prints, where there is to be one.

    Where it cannot be made there is none, and no image fails for it: it was asked for its prints.
    """
    images = work.images
    work.images = [(leaf, image) for leaf, image in images if leaf.name != previews.NAME]
    for leaf, image in images:
        if leaf.name == previews.NAME:
            try:
                _leave(image, work)
            except Exception as error:  # noqa: BLE001 - decoders raise anything
                print(f"no preview: {type(error).__name__}", file=sys.stderr)  # noqa: T201 - the child's log


def _leave(image: "pyvips.Image", work: Work) -> None:
    shown = _middle(image, _shape(size_of(image), min(PREVIEW_SHORTER, image.width, image.height)))
    if shown.hasalpha():
        shown = shown.flatten(background=_WHITE)
    shown = shown.colourspace("srgb")
    size = _shape(size_of(shown), PREVIEW_SHORTER)
    if size != size_of(shown):  # enlarged only now: of what is long and thin, most was cut off
        shown = shown.thumbnail_image(size.width, height=size.height, size="force")
    preview_path(work.outputs).write_bytes(shown.write_to_memory())
    work.preview = WirePreview(width=size.width, height=size.height)


def _middle(image: "pyvips.Image", size: Size) -> "pyvips.Image":
    left, top = (image.width - size.width) // 2, (image.height - size.height) // 2
    return image.crop(left, top, size.width, size.height)


def _shape(size: Size, shorter: int) -> Size:
    """Return the size whose shorter side is that, and whose longer one is none too long."""
    across = round(shorter * max(size.width, size.height) / min(size.width, size.height))
    longer = max(shorter, min(across, shorter * PREVIEW_LONGEST // PREVIEW_SHORTER))
    return Size(longer, shorter) if size.width >= size.height else Size(shorter, longer)
