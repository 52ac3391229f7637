from typing import TYPE_CHECKING

from calotype_processor.sizes import Size
from calotype_processor.steps.colour import PROFILE, is_plain

if TYPE_CHECKING:
    import pyvips


def scale(image: "pyvips.Image", size: Size) -> "pyvips.Image":
    """Return the image at exactly that size, 8-bit sRGB or grey; orientation is left alone.

    Colours are converted on the way, when they are fewest. Only where that is needed: asking for
    sRGB costs a plain image three times the rest.
    """
    managed = {} if is_plain(image) else {"output_profile": "srgb"}
    scaled = image.thumbnail_image(
        size.width, height=size.height, size="force", no_rotate=True, **managed
    )
    return _without_profile(scaled) if managed else scaled


def _without_profile(image: "pyvips.Image") -> "pyvips.Image":
    # What is sRGB needs no profile, and must not be converted again further down.
    own = image.copy()  # metadata is shared, and not ours to change
    own.remove(PROFILE)
    return own
