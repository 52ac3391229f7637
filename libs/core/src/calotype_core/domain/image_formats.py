"""Image formats by their first bytes, and what each is called on the web and on a disk.

Names and declared types lie, first bytes seldom do. This decides what is let through the door; what
is decoded, and whether it can be, is decided by the processor.
"""

import re
from collections.abc import Mapping

# As much of a file as sniff() looks at. SVG alone needs more than the first few: a declaration and
# a comment of whoever drew it come first.
HEAD_BYTES = 1024

CONTENT_TYPES: Mapping[str, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "heic": "image/heic",
    "tiff": "image/tiff",
    "svg": "image/svg+xml",
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
    "svg": "svg",
}
_ALWAYS = ("jpeg", "png", "webp", "gif", "avif", "heic", "tiff")

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
_BRANDS_WITHIN = 64  # bytes: nobody lists more
# What may stand before <svg …>; possessive, so that nothing is tried twice. A document type that
# says svg is enough: what follows it may be long.
_SVG = re.compile(
    rb"""(?:\xef\xbb\xbf)?+\s*+
    (?:<\?[^>]*+>\s*+ | <!--(?:(?!-->).)*+-->\s*+)*+
    <(?:!DOCTYPE\s++svg | (?:[A-Za-z_][\w.-]*+:)?+svg)[\s/>]""",
    re.DOTALL | re.VERBOSE,
)


def readable(*, svg: bool) -> tuple[str, ...]:
    """Return the formats that are read; svg: whether CALOTYPE_SVG is on."""
    return (*_ALWAYS, "svg") if svg else _ALWAYS


def sendable(*, svg: bool) -> str:
    """Return what is read, in words: "JPEG, PNG, …"."""
    return ", ".join(one.upper() for one in readable(svg=svg))


def unreadable(kind: str | None) -> str:
    """Return what a file is that cannot be read, in words; kind is what sniff() said of it."""
    if kind == "svg":
        return "SVG, which is read only where CALOTYPE_SVG is true"
    return f"{kind.upper()}, which is not read" if kind else "no image"


def sniff(head: bytes) -> str | None:
    """Return the format that the first HEAD_BYTES of a file belong to; None for any other."""
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return "svg" if _SVG.match(head[:HEAD_BYTES]) else None


def _by_brand(head: bytes) -> str | None:
    # The box's length bounds the list; its second entry is a version, which no brand equals.
    box = head[8 : min(int.from_bytes(head[:4], "big"), _BRANDS_WITHIN)]
    brands = (box[at : at + 4] for at in range(0, len(box), 4))
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
