"""Arithmetic on colours that leaves transparency alone, or heeds it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyvips

FULL = 255  # the most that 8 bits hold
_ROUND = 0.5  # libvips cuts off: half is added first
# Of red, green and blue, by what the eye makes of them (ITU-R BT.709).
LUMA = (0.2126, 0.7152, 0.0722)


def colours_of(image: "pyvips.Image") -> int:
    """Return how many bands are colours: 1 for grey, 3 for RGB."""
    return int(image.bands) - bool(image.hasalpha())


def rounded(image: "pyvips.Image") -> "pyvips.Image":
    """Return numbers as 8 bits; what is out of range is at its end."""
    return image.linear(1, _ROUND, uchar=True)


def line(image: "pyvips.Image", slope: float, offsets: Sequence[float]) -> "pyvips.Image":
    """Return slope · v + offset for every colour; one offset is for all of them."""
    colours, see_through = colours_of(image), bool(image.hasalpha())
    added = [*offsets] * (colours if len(offsets) == 1 else 1) + [0.0] * see_through
    slopes = [slope] * colours + [1.0] * see_through
    return image.linear(slopes, [one + _ROUND for one in added], uchar=True)


def mixed(image: "pyvips.Image", matrix: Sequence[Sequence[float]]) -> "pyvips.Image":
    """Return an RGB image with each new colour so much of red, so much of green and of blue."""
    if image.hasalpha():
        matrix = [*([*row, 0.0] for row in matrix), [0.0, 0.0, 0.0, 1.0]]
    return rounded(image.recomb([list(row) for row in matrix]))


def by_visibility(
    image: "pyvips.Image", mix: Callable[["pyvips.Image"], "pyvips.Image"]
) -> "pyvips.Image":
    """Return what mixing neighbouring pixels makes, where each counts as much as it is visible.

    Else whatever colour transparent pixels hide would come to light. 8 bits are enough for what is
    nearly transparent: the error is as hard to see as the pixel.
    """
    if not image.hasalpha():
        return mix(image)
    return rounded(mix(rounded(image.premultiply())).unpremultiply())
