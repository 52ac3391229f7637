"""Colours in an image's own bands, and what fills the room around a picture."""

from functools import partial
from typing import TYPE_CHECKING

from calotype_core.domain.colours import TRANSPARENT, channels
from calotype_processor.sizes import Box, Size, largest, times
from calotype_processor.steps.bands import colours_of, rounded
from calotype_processor.steps.scale import scale
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import size_of

if TYPE_CHECKING:
    import pyvips

Ink = tuple[int, int, int, int]  # red, green, blue, opacity
_OPAQUE = 255
_GREY_BANDS = 2  # and opacity
_BLURRED_SIDE, _BLUR = 64, 3.0  # pixels: small enough that enlarging it is most of the blur


def with_ink(image: "pyvips.Image", ink: Ink) -> tuple["pyvips.Image", list[float]]:
    """Return the image with the bands that it takes to hold the colour, and the colour in them."""
    red, green, blue, opacity = ink
    if not red == green == blue and image.bands <= _GREY_BANDS:
        image = image.colourspace("srgb")
    if opacity < _OPAQUE and not image.hasalpha():
        image = image.addalpha()
    shades = [red] if image.bands <= _GREY_BANDS else [red, green, blue]
    return image, [*shades, opacity] if image.hasalpha() else [*shades]


def mean(image: "pyvips.Image") -> Ink:
    """Return the mean colour of an image in memory; what is transparent has no say in it."""
    if not image.hasalpha():
        shades = [band.avg() for band in image.bandsplit()]
    else:
        *coloured, opacity = (band.avg() for band in image.premultiply().bandsplit())
        # Of what cannot be seen at all: as white as paper.
        shades = [one * _OPAQUE / opacity if opacity else _OPAQUE for one in coloured]
    red, green, blue = (round(one) for one in (shades * 3 if len(shades) == 1 else shades))
    return red, green, blue, _OPAQUE


def ink_of(background: str | None, image: "pyvips.Image", scene: Scene) -> Ink:
    """Return the colour that a background asks for; for "auto" the image is in memory."""
    if background == "auto":
        return scene.once("mean", partial(mean, image))
    return channels(background or TRANSPARENT)


def blurred(image: "pyvips.Image", size: Size) -> "pyvips.Image":
    """Return an image in memory as a backdrop of that size: filling it, blurred, opaque."""
    if image.hasalpha():
        image = image.flatten(background=list(mean(image)[: image.bands - 1]))
    whole = size_of(image)
    part = largest(size.width / size.height, whole)  # first, lest a line become a plain
    middle = image.crop(
        (whole.width - part.width) // 2, (whole.height - part.height) // 2, part.width, part.height
    )
    small = scale(middle, times(part, min(1, _BLURRED_SIDE / max(part.width, part.height))))
    return scale(small.gaussblur(_BLUR), size)


def surrounded(
    image: "pyvips.Image", at: Box, background: str | None, scene: Scene
) -> "pyvips.Image":
    """Return a canvas of at.size with the image at its left and top; the rest is background.

    Only the room that is new is filled: what is transparent in the image stays so.
    """
    if at.size == size_of(image):
        return image
    if background in ("auto", "blur"):
        image = image.copy_memory()
    if background == "blur":
        backdrop = blurred(image, at.size)
        if image.hasalpha():
            backdrop = backdrop.addalpha()
        return backdrop.insert(image, at.left, at.top)
    inked, colour = with_ink(image, ink_of(background, image, scene))
    return inked.embed(
        at.left, at.top, at.size.width, at.size.height, extend="background", background=colour
    )


def cut_out(
    image: "pyvips.Image",
    mask: "pyvips.Image",
    background: str | None,
    scene: Scene,
    *,
    of: "pyvips.Image",
) -> "pyvips.Image":
    """Return as much of an image as the mask shows, 0 to 255, and a background where it does not.

    What is transparent in the image stays so. A background is made of another image in memory.
    """
    if background is None:
        return _see_through(image, mask)
    if background == "blur":
        return _blended(mask, image, blurred(of, size_of(image)))
    inked, colour = with_ink(image, ink_of(background, of, scene))
    return _blended(mask, inked, inked.new_from_image(colour))


def _see_through(image: "pyvips.Image", mask: "pyvips.Image") -> "pyvips.Image":
    if image.hasalpha():
        mask = rounded(image[-1] * mask / _OPAQUE)
    seen = image.extract_band(0, n=colours_of(image)).bandjoin(mask)
    return seen.copy(interpretation=image.interpretation)


def _blended(mask: "pyvips.Image", image: "pyvips.Image", behind: "pyvips.Image") -> "pyvips.Image":
    if not image.hasalpha():
        blended = mask.ifthenelse(image, behind, blend=True)
        return blended.copy(interpretation=image.interpretation)
    if not behind.hasalpha():
        behind = behind.addalpha()
    # Each colour counts as much as it can be seen, or those that are hidden would shine through.
    seen, behind = (one.copy(interpretation=image.interpretation) for one in (image, behind))
    blended = mask.ifthenelse(seen.premultiply(), behind.premultiply(), blend=True)
    return rounded(blended.copy(interpretation=image.interpretation).unpremultiply())
