from typing import TYPE_CHECKING

from calotype_processor.sizes import Size, centred
from calotype_processor.steps.step import size_of

if TYPE_CHECKING:
    import pyvips


def trim(image: "pyvips.Image", size: Size) -> "pyvips.Image":
    """Return the middle of an image, of that size."""
    if size_of(image) == size:
        return image
    box = centred(size, size_of(image))
    return image.crop(box.left, box.top, size.width, size.height)
