import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from calotype_processor import look
from calotype_processor.facts import Fact
from calotype_processor.knowledge.blurhash import blurhash
from calotype_processor.knowledge.exif import exif
from calotype_processor.knowledge.palette import colours
from calotype_processor.knowledge.phash import SIDE, phash
from calotype_processor.knowledge.place import place
from calotype_processor.knowledge.raster import Raster
from calotype_processor.knowledge.tags import read_tags
from calotype_processor.knowledge.thumbhash import thumbhash
from calotype_processor.work import Known, Work

if TYPE_CHECKING:
    import pyvips

BY_SIGHT = frozenset({Fact.PHASH, Fact.BLURHASH, Fact.THUMBHASH, Fact.COLOURS})
_TOLD = frozenset({Fact.EXIF, Fact.PLACE})


def know(work: Work) -> None:
    """Find out what is asked about the original.

    What cannot be found out stays unknown, and fails no image: it was asked for its prints.
    """
    if work.facts & _TOLD:
        _try(work, partial(_from_tags, work))
    images = work.images
    work.images = [(leaf, image) for leaf, image in images if leaf.name != look.NAME]
    for leaf, image in images:
        if leaf.name == look.NAME:
            _try(work, partial(_from_sight, work, image))


def _try(work: Work, find: Callable[[], Known]) -> None:
    try:
        work.known |= find()
    except Exception as error:  # noqa: BLE001 - decoders raise anything
        # Its kind only: the words may hold what is in the file, such as where it was taken.
        print(f"unknown: {type(error).__name__}", file=sys.stderr)  # noqa: T201 - the child's log


def _from_tags(work: Work) -> Known:
    tags = read_tags(work.data if work.header.format == "tiff" else work.header.exif)
    known = Known()
    if Fact.EXIF in work.facts:
        known["exif"] = exif(tags)
    if Fact.PLACE in work.facts:
        known["place"] = place(tags)
    return known


def _from_sight(work: Work, image: "pyvips.Image") -> Known:
    pixels = _first_frame(image).colourspace("srgb").copy_memory()
    known = Known()
    if Fact.COLOURS in work.facts:
        known["colours"] = colours(_raster(pixels))
    small = _raster(_small(pixels))
    if Fact.PHASH in work.facts:
        known["phash"] = phash(small)
    if Fact.BLURHASH in work.facts:
        known["blurhash"] = blurhash(small)
    if Fact.THUMBHASH in work.facts:
        known["thumbhash"] = thumbhash(small, work.header.upright)
    return known


def _first_frame(image: "pyvips.Image") -> "pyvips.Image":
    height = image.get_page_height()  # libvips has an animation's frames one below the other
    return image.crop(0, 0, image.width, height) if height < image.height else image


def _small(pixels: "pyvips.Image") -> "pyvips.Image":
    if not pixels.hasalpha() and pixels.width == pixels.height == 2 * SIDE:
        return pixels.shrink(2, 2)  # nearly always, and in half the time
    return pixels.thumbnail_image(SIDE, height=SIDE, size="force")


def _raster(image: "pyvips.Image") -> Raster:
    return Raster.of(bytes(image.write_to_memory()), image.width, has_alpha=bool(image.hasalpha()))
