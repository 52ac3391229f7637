import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyvips

_NOTHING = 0.2  # pixels: a narrower bell has one coefficient
_REACH = 3  # standard deviations: what is left out beyond is less than one level
_WIDE = 8  # pixels: a bell that can be had at a smaller size is at least as wide there
_STILL_LARGE = 32  # pixels: no image is made smaller than that for it
_BITS = 6  # of libvips' coefficients
_BOX = 1 / 12  # the variance of a pixel's own width


def gaussian(image: "pyvips.Image", sigma: float) -> "pyvips.Image":
    """Return 8-bit pixels blurred by a Gaussian of that standard deviation, in pixels.

    Within 5 of 255 of the exact result, and within 2 below a sigma of 16. One colour stays the very
    colour that it is. The cost hardly depends on sigma: a wide bell is applied at a smaller size.
    """
    by = max(1, min(int(sigma / _WIDE), min(image.width, image.height) // _STILL_LARGE))
    if by == 1:
        return _blurred(image, sigma)
    # The edge that goes on outside is one of pixels, and not of their means.
    out = by * math.ceil(_REACH * sigma / by)
    wider = image.embed(out, out, image.width + 2 * out, image.height + 2 * out, extend="copy")
    small = _blurred(wider.shrink(by, by, ceil=True), math.sqrt((sigma / by) ** 2 - _BOX))
    # Enlarging asks for the same rows many times over.
    large = small.copy_memory().resize(by, kernel="cubic")
    return large.crop(out, out, image.width, image.height)


def _blurred(image: "pyvips.Image", sigma: float) -> "pyvips.Image":
    import pyvips  # noqa: PLC0415 - in the child only, after its limits

    if sigma < _NOTHING:
        return image
    coefficients = bell(sigma)
    mask = pyvips.Image.new_from_list([coefficients], scale=sum(coefficients))
    return image.convsep(mask, precision="integer")


def bell(sigma: float) -> list[int]:
    """Return whole coefficients whose sum is a power of two.

    libvips convolves bytes fast with fractions of a power of two in a few bits. Others it rounds,
    one by one, so that their sum is off: its own gaussblur cuts the bell off at 1.8 deviations, or,
    where it is told not to, makes an image up to 3 % darker or lighter.
    """
    reach = math.ceil(_REACH * sigma)
    exact = [math.exp(-((x / sigma) ** 2) / 2) for x in range(-reach, 1)]
    whole = 2 * sum(exact) - 1
    total = 1 << (_BITS + math.floor(math.log2(whole)))
    half, seen, given = list[int](), 0.0, 0
    for one in exact[:-1]:
        # What rounding takes from one coefficient the next one gets.
        seen += one / whole * total
        half.append(round(seen) - given)
        given += half[-1]
    return [*half, total - 2 * given, *reversed(half)]
