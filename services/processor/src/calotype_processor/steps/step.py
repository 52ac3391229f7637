"""What every operation's file provides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calotype_core.domain.image import FocalPoint
from calotype_processor.sizes import Size
from calotype_processor.steps.scene import Scene

if TYPE_CHECKING:  # libvips is loaded in the child only, after its limits
    import pyvips


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, as arithmetic and as pixels; the two agree to the pixel.

    sizes(operation, size) lists every size that the image has on the way, the result's last, and
    raises a BadImageError where the operation cannot be done; where pixels decide, the largest that
    they may come to. apply(operation, image, scene) does it. focus(operation, size, scene) is where
    the focal point of an image of that size is afterwards.
    """

    sizes: Callable[[Any, Size], tuple[Size, ...]]
    apply: Callable[[Any, "pyvips.Image", Scene], "pyvips.Image"]
    focus: Callable[[Any, Size, Scene], FocalPoint | None] = lambda _operation, _size, scene: (
        scene.focus
    )


def size_of(image: "pyvips.Image") -> Size:
    """Return an image's size."""
    return Size(image.width, image.height)


def same(_operation: object, size: Size) -> tuple[Size]:
    """Return the size of what changes no size."""
    return (size,)
