import pyvips

from calotype_core.domain.image_formats import READABLE, sniff
from calotype_processor.errors import EmptyFileError, UnsupportedFormatError
from calotype_processor.sizes import Size
from calotype_processor.steps.colour import colour_mode, profile_space
from calotype_processor.steps.orient import FIRST_LYING, orientation
from calotype_processor.work import Header, Work

_BYTES = {
    "uchar": 1,
    "char": 1,
    "ushort": 2,
    "short": 2,
    "double": 8,
    "complex": 8,
    "dpcomplex": 16,
}
_EXIF = "exif-data"
_OTHERS = 4  # uint, int, float


def probe(work: Work) -> None:
    """Read the header, and only that. The bytes decide the format, never a name or a type."""
    if not work.data:
        raise EmptyFileError("The file is empty. Send the image's bytes.")
    kind = sniff(work.data)
    if kind not in READABLE:
        known = ", ".join(one.upper() for one in READABLE)
        what = f"{kind.upper()} cannot be read" if kind else "This is no image that can be read"
        raise UnsupportedFormatError(f"{what}. Send one of {known}.")
    image = pyvips.Image.new_from_buffer(work.data, "", access="sequential", fail_on="error")
    work.header = _header(image, kind)


def _header(image: pyvips.Image, kind: str) -> Header:
    size, orient = Size(image.width, image.height), orientation(image)
    return Header(
        format=kind,
        size=size,
        upright=size if orient < FIRST_LYING else size.turned(),
        orientation=orient,
        pages=int(image.get("n-pages")) if image.get_typeof("n-pages") else 1,
        decoded_bytes=size.pixels * image.bands * _BYTES.get(image.format, _OTHERS),
        interlaced=_says(image, "interlaced", "jpeg-multiscan"),
        interpretation=image.interpretation,
        colour_mode=colour_mode(image),
        has_alpha=bool(image.hasalpha()),
        exif=image.get(_EXIF) if image.get_typeof(_EXIF) else b"",
        profile_space=profile_space(image),
    )


def _says(image: pyvips.Image, *fields: str) -> bool:
    return any(image.get_typeof(field) and int(image.get(field)) for field in fields)
