"""Image formats by their first bytes, and what each is called on the web and on a disk.

Names and declared types lie, first bytes seldom do. This decides what is let through the door; what
is decoded, and whether it can be, is decided by the processor.
"""

from collections.abc import Mapping

HEAD_BYTES = 64  # as much of a file as sniff() looks at

CONTENT_TYPES: Mapping[str, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "heic": "image/heic",
    "tiff": "image/tiff",
}
# Without a dot.
EXTENSIONS: Mapping[str, str] = {
    "jpeg": "jpg",
    "png": "png",
    "webp": "webp",
    "gif": "gif",
    "avif": "avif",
    "heic": "heic",
    "tiff": "tif",
}
# HEIC is known, and no decoder is at hand.
READABLE = ("jpeg", "png", "webp", "gif", "avif", "tiff")

_PREFIXES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),  # BigTIFF
    (b"MM\0+", "tiff"),
)
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"), "heic"),
}


def sniff(head: bytes) -> str | None:
    """Return the format that the first HEAD_BYTES of a file belong to; None for any other."""
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return _by_brand(head) if head[4:8] == b"ftyp" else None


def _by_brand(head: bytes) -> str | None:
    # The box's length bounds the list; its second entry is a version, which no brand equals.
    box = head[8 : min(int.from_bytes(head[:4], "big"), HEAD_BYTES)]
    brands = (box[at : at + 4] for at in range(0, len(box), 4))
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
