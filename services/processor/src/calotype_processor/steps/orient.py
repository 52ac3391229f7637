from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyvips

UPRIGHT = 1
FIRST_LYING = 5  # from here on EXIF orientations swap width and height
LAST = 8


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
