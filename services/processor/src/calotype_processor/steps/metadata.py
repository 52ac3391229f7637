from collections.abc import Callable, Mapping

import pyvips

from calotype_core.domain.operations import Output
from calotype_processor.rights import exif, iptc, xmp
from calotype_processor.steps.colour import PROFILE

_EXIF, _XMP, _IPTC = "exif-data", "xmp-data", "iptc-data"
_READERS: Mapping[str, Callable[[bytes], bytes | None]] = {
    _EXIF: exif.rights,
    _XMP: xmp.rights,
    _IPTC: iptc.rights,
}
# VipsForeignKeep
_NONE, _TEXTS, _PROFILE, _ALL = 0, 0b111, 0b1000, 0b11111


def kept(
    image: pyvips.Image, output: Output, file_format: str, original: bytes
) -> tuple[pyvips.Image, int]:
    """Return the image with the metadata that it is to have, and what its saver is to keep of it.

    A profile that is still there belongs to the colours, and so is written whatever was asked.
    """
    profile = _PROFILE if image.get_typeof(PROFILE) else _NONE
    if not output.strip_metadata:
        return image, _ALL
    if not output.keep_copyright:
        return image, profile
    found = _rights(image, file_format, original)
    if not found:
        return image, profile
    try:
        return _with(image, found), profile | _TEXTS
    except UnicodeDecodeError:
        # A PNG's comment has a name that cannot be read; what has no name cannot be taken out.
        return image, profile


def _rights(image: pyvips.Image, file_format: str, original: bytes) -> dict[str, bytes]:
    blobs = {name: image.get(name) for name in _READERS if image.get_typeof(name)}
    blobs.setdefault(_EXIF, original)  # a TIFF is built as EXIF is; any other file reads as none
    if file_format != "jpeg":
        blobs.pop(_IPTC, None)  # only a TIFF takes it as well, of which libvips writes a quarter
    found = ((name, _READERS[name](blob)) for name, blob in blobs.items())
    return {name: data for name, data in found if data}


def _with(image: pyvips.Image, rights: dict[str, bytes]) -> pyvips.Image:
    """Return the image with these, and without all that its saver would write beside them."""
    own = image.copy()  # metadata is shared, and not ours to change
    for name in own.get_fields():
        if name.startswith(("exif-", _XMP, _IPTC, "photoshop-")):
            own.remove(name)
    for name, data in rights.items():
        own.set_type(pyvips.GValue.blob_type, name, data)
    return own
