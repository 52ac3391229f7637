import pyvips

from calotype_core.domain.image_formats import readable, sendable, sniff, unreadable
from calotype_processor.decoders.drawing import Drawing, sanitised
from calotype_processor.decoders.gif import check_whole
from calotype_processor.errors import EmptyFileError, UnsupportedFormatError
from calotype_processor.sizes import Size
from calotype_processor.steps.colour import colour_mode, profile_space
from calotype_processor.steps.orient import FIRST_LYING, UPRIGHT, orientation
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
_RGBA = 4
_ALL_AT_ONCE = ("heic",)  # whose decoder gives no rows


def probe(work: Work) -> None:
    """Read the header, and only that. The bytes decide the format, never a name or a type."""
    if not work.data:
        raise EmptyFileError("The file is empty. Send the image's bytes.")
    kind, svg = sniff(work.data), work.limits.svg
    if kind is None or kind not in readable(svg=svg):
        raise UnsupportedFormatError(
            f"The file is {unreadable(kind)}. Send one of {sendable(svg=svg)}."
        )
    if kind == "svg":
        work.drawing = sanitised(work.data)
        work.header = _drawn(work.drawing)
        return
    if kind == "gif":
        check_whole(work.data)
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
        interlaced=kind in _ALL_AT_ONCE or _says(image, "interlaced", "jpeg-multiscan"),
        interpretation=image.interpretation,
        colour_mode=colour_mode(image),
        has_alpha=bool(image.hasalpha()),
        exif=image.get(_EXIF) if image.get_typeof(_EXIF) else b"",
        profile_space=profile_space(image),
        delays=tuple(image.get("delay")) if image.get_typeof("delay") else (),
    )


def _drawn(drawing: Drawing) -> Header:
    size = Size(drawing.width, drawing.height)
    return Header(
        format="svg",
        size=size,
        upright=size,
        orientation=UPRIGHT,
        pages=1,
        decoded_bytes=size.pixels * _RGBA,
        interlaced=False,
        interpretation="srgb",
        colour_mode="RGBA",
        has_alpha=True,
    )


def _says(image: pyvips.Image, *fields: str) -> bool:
    return any(image.get_typeof(field) and int(image.get(field)) for field in fields)
