import pyvips

from calotype_processor.errors import ImageUndecodableError

_CARRIED = ("exif-", "icc-profile-data", "xmp-data")
_THREADS = 1  # every core has a child of its own


def decode(data: bytes) -> pyvips.Image:
    """Return a HEIC's pixels, upright, in 8 bits, held in memory; its metadata comes along.

    libvips reads its header, and has no decoder for it. libheif turns and mirrors by itself, as the
    file's irot and imir say; an EXIF orientation beside them is to be ignored (ISO 23008-12, A.2.1)
    and the header that libvips gives has none.
    """
    header = pyvips.Image.new_from_buffer(data, "")
    pixels = _pixels(data, header)
    for field in header.get_fields():
        if field.startswith(_CARRIED):
            pixels.set_type(header.get_typeof(field), field, header.get(field))
    return pixels


def _pixels(data: bytes, header: pyvips.Image) -> pyvips.Image:
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
    bands = len(file.mode)  # L, LA, RGB, RGBA; RGBa where alpha is multiplied in
    width, height = file.size
    if (width, height) != (header.width, header.height) or len(decoded) != width * height * bands:
        raise ImageUndecodableError(
            "The image is not as large as its header says. Send an intact file."
        )
    image = pyvips.Image.new_from_memory(decoded, width, height, bands, "uchar")
    return image.unpremultiply().cast("uchar") if file.premultiplied_alpha else image
