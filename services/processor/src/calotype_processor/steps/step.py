"""What every operation's file provides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from calotype_core.domain.image import FocalPoint
from calotype_processor.sizes import Size
from calotype_processor.steps.scene import Scene

if TYPE_CHECKING:  # libvips is loaded in the child only, after its limits
    import pyvips


class Moved(NamedTuple):
    """What an operation made that moved what the image shows, and where the focal point is now."""

    image: "pyvips.Image"
    focus: FocalPoint | None


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, as arithmetic and as pixels; the two agree to the pixel.

    sizes(operation, size) lists every size that the image has on the way, the result's last, and
    raises a BadImageError where the operation cannot be done; where pixels decide, the largest that
    they may come to. apply(operation, image, scene) does it; from what moves anything it returns a
    Moved, else the image alone. An image may be one that can be gone through once, from the top:
    who needs it in another order, or twice, takes it with copy_memory(), which is free of what is
    in memory already.
    """

    sizes: Callable[[Any, Size], tuple[Size, ...]]
    apply: Callable[[Any, "pyvips.Image", Scene], "pyvips.Image | Moved"]


def size_of(image: "pyvips.Image") -> Size:
    """Return an image's size."""
    return Size(image.width, image.height)


def same(_operation: object, size: Size) -> tuple[Size]:
    """Return the size of what changes no size."""
    return (size,)
