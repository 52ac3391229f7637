from typing import TYPE_CHECKING

import pyvips

from calotype_processor.errors import ImageUndecodableError
from calotype_processor.steps.colour import PROFILE

if TYPE_CHECKING:
    from pillow_heif import HeifFile

_CARRIED = ("exif-data", PROFILE, "xmp-data")
# pillow-heif's modes, those of Pillow: bands, and libvips' names of what a sample and a pixel are.
# In 16 bits it gives nothing but grey; in RGBa, colours were multiplied by alpha.
_MODES = {
    "L": (1, "uchar", "b-w"),
    "I;16": (1, "ushort", "grey16"),
    "RGB": (3, "uchar", "srgb"),
    "RGBA": (4, "uchar", "srgb"),
    "RGBa": (4, "uchar", "srgb"),
}
_THREADS = 1  # every core has a child of its own
# How a file says without a profile that its colours are Display P3's (ITU-T H.273): its primaries,
# and the brightness that numbers stand for, which is sRGB's.
_DISPLAY_P3 = (12, 13)


def decode(data: bytes, lenders: list[object]) -> pyvips.Image:
    """Return a HEIC's pixels, upright and held in memory; its metadata comes along.

    libvips reads its header, and has no decoder for it. libheif turns and mirrors by itself, as the
    file's irot and imir say; an EXIF orientation beside them is to be ignored (ISO 23008-12, A.2.1)
    and the header that libvips gives has none. Nothing is copied: who owns the pixels is put among
    the lenders, and has to outlive them.
    """
    header = pyvips.Image.new_from_buffer(data, "")
    file, pixels = _opened(data, header)
    lenders.append(file)
    if _colours_of(file) == _DISPLAY_P3:
        pixels.set_type(
            pyvips.GValue.blob_type, PROFILE, pyvips.Operation.call("profile_load", "p3")
        )
    for field in _CARRIED:
        if kind := header.get_typeof(field):
            pixels.set_type(kind, field, header.get(field))
    # EXIF is taken apart as it is set.
    pixels.remove("orientation")
    pixels.remove("exif-ifd0-Orientation")
    return pixels


def _opened(data: bytes, header: pyvips.Image) -> tuple["HeifFile", pyvips.Image]:
    from pillow_heif import open_heif, options  # noqa: PLC0415 - no other image pays for it

    options.DECODE_THREADS = _THREADS
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    try:
        file = open_heif(data, convert_hdr_to_8bit=True)
        decoded = memoryview(file.data)
    except OSError as error:  # it would pass for the operating system's
        raise ImageUndecodableError(
            f"The image cannot be decoded ({error}). Send an intact file."
        ) from error
    bands, sample, colours = _MODES.get(file.mode, _MODES["RGB"])
    width, height = file.size
    expected = width * height * bands * (2 if sample == "ushort" else 1)
    if (width, height) != (header.width, header.height) or len(decoded) != expected:
        raise ImageUndecodableError(
            "The image is not as large as its header says. Send an intact file."
        )
    image = pyvips.Image.new_from_memory(decoded, width, height, bands, sample)
    pyvips.VipsObject.set(image, "interpretation", colours)  # a copy would have to be made again
    return file, image.unpremultiply().cast("uchar") if file.premultiplied_alpha else image


def _colours_of(file: "HeifFile") -> tuple[int, int] | None:
    if (said := file.info.get("nclx_profile")) is None:
        return None
    return said["color_primaries"], said["transfer_characteristics"]
