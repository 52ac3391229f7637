from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from calotype_core.domain.image import FocalPoint

if TYPE_CHECKING:
    import pyvips

UPRIGHT = 1
FIRST_LYING = 5  # from here on EXIF orientations swap width and height
LAST = 8
_TAGS = ("orientation", "exif-ifd0-Orientation")
# Where a point of the upright picture is in the one that is stored.
_STORED: Mapping[int, Callable[[float, float], tuple[float, float]]] = {
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}


def orientation(image: "pyvips.Image") -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none or nonsense."""
    if not image.get_typeof("orientation"):
        return UPRIGHT
    value = int(image.get("orientation"))
    return value if UPRIGHT <= value <= LAST else UPRIGHT


def orient(image: "pyvips.Image") -> "pyvips.Image":
    """Return the image as a person sees it, its orientation tag reset."""
    if orientation(image) == UPRIGHT:
        return image
    # A decoder gives rows from the top and once; turning needs them in another order.
    return image.copy_memory().autorot()


def as_stored(image: "pyvips.Image") -> "pyvips.Image":
    """Return the image as it is stored, without the tag: nobody is to turn it later, either."""
    if not image.get_typeof("orientation"):
        return image
    own = image.copy()  # metadata is shared, and not ours to change
    for tag in _TAGS:
        own.remove(tag)
    return own


def focus_as_stored(focus: FocalPoint | None, orientation: int) -> FocalPoint | None:
    """Return where the focal point, which is one of the upright picture, is in what is stored."""
    if focus is None or orientation not in _STORED:
        return focus
    x, y = _STORED[orientation](focus.x, focus.y)
    return FocalPoint(x=x, y=y)
