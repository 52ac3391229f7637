from collections.abc import Iterator

import pyvips

from calotype_processor.plan import Base, Exposure, Leaf
from calotype_processor.sizes import Size
from calotype_processor.steps.colour import is_shown, lay_by
from calotype_processor.steps.decode import decode
from calotype_processor.steps.orient import as_stored, orient
from calotype_processor.steps.scale import scale
from calotype_processor.steps.step import size_of
from calotype_processor.work import Work


def develop(work: Work) -> None:
    """Have the pixels that each print begins with: upright and in sRGB, unless that was declined.

    Nothing is computed yet where nobody needs it twice: libvips then runs from the decoder through
    to the encoder in strips, which is twice as fast as going through memory.
    """
    for exposure in work.exposures:
        pixels = decode(work, exposure)
        if exposure.keeps_colours:
            pixels, work.profile = lay_by(pixels)
        if exposure.readers > 1:
            pixels = pixels.copy_memory()
        if exposure.full:
            work.images += _full(exposure, pixels)
        work.images += _scaled(
            exposure, pixels, lying=exposure.upright and work.header.upright != work.header.size
        )


def _full(exposure: Exposure, pixels: pyvips.Image) -> Iterator[tuple[Leaf, pyvips.Image]]:
    put = shown(pixels, upright=exposure.upright)
    if len(exposure.full) > 1:
        put = put.copy_memory()
    return ((leaf, put) for leaf in exposure.full)


def shown(pixels: pyvips.Image, *, upright: bool) -> pyvips.Image:
    """Return the pixels at their own size and in colours that can be written, upright or not."""
    return _put(pixels if is_shown(pixels) else scale(pixels, size_of(pixels)), upright=upright)


def _scaled(
    exposure: Exposure, pixels: pyvips.Image, *, lying: bool
) -> Iterator[tuple[Leaf, pyvips.Image]]:
    made = dict[Size, pyvips.Image]()  # the unstretched, by size
    for base in exposure.bases:
        if base.parent:
            image = scale(made[base.parent], base.size)
        else:
            image = scale(pixels, base.size.turned() if lying else base.size)
            image = _put(image, upright=exposure.upright)
        if _read_again(base, exposure):
            image = image.copy_memory()
        if not base.stretched:
            made[base.size] = image
        yield from ((leaf, image) for leaf in base.leaves)


def _put(image: pyvips.Image, *, upright: bool) -> pyvips.Image:
    return orient(image) if upright else as_stored(image)


def _read_again(base: Base, exposure: Exposure) -> bool:
    # What comes straight from a decoder can be gone through once.
    children = sum(one.parent == base.size for one in exposure.bases)
    return len(base.leaves) + children > 1
