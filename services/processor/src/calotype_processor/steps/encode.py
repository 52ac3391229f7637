import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calotype_core.domain.operations import Output
from calotype_processor.engine.messages import WirePrint, print_path
from calotype_processor.jpeg_quality import jpeg_quality
from calotype_processor.plan import Leaf
from calotype_processor.work import Header, Work

if TYPE_CHECKING:
    import pyvips

_OF_THE_WEB = frozenset({"jpeg", "png", "webp", "gif", "avif"})
_WHITE = 255
# pixels: the longest side that a format, or its encoder, can hold
FORMAT_LONGEST: Mapping[str, int] = {"jpeg": 65_500, "webp": 16_383, "avif": 16_384, "gif": 65_535}

# Each format's saver in libvips, its quality where none is asked for (None: it has none), and the
# effort that can be had while somebody waits.
_SAVERS: Mapping[str, tuple[str, int | None, Mapping[str, object]]] = {
    "jpeg": ("jpegsave", 80, {}),
    "png": ("pngsave", None, {"compression": 6}),
    "webp": ("webpsave", 79, {"effort": 2}),
    "avif": ("heifsave", 63, {"effort": 1, "compression": "av1"}),
    "gif": ("gifsave", None, {"effort": 1}),
    "tiff": ("tiffsave", None, {"compression": "lzw", "predictor": "horizontal"}),
}


def format_of(output: Output, header: Header) -> str:
    """Return the format to write: "auto" keeps what browsers show, else JPEG or PNG."""
    if output.format != "auto":
        return output.format
    if header.format in _OF_THE_WEB:
        return header.format
    return "png" if header.has_alpha else "jpeg"


def encode(work: Work) -> None:
    """Write each print into the folder and describe it."""
    for leaf, image in work.images:
        file_format = format_of(leaf.output, work.header)
        path = print_path(work.outputs, leaf.name, file_format)
        _write(image, path, file_format, leaf.output, quality=_quality(work, leaf, file_format))
        work.prints[leaf.name] = _describe(path, leaf.name, file_format, image)


def _quality(work: Work, leaf: Leaf, file_format: str) -> int | None:
    usual = _SAVERS[file_format][1]
    if leaf.output.quality is not None or usual is None:
        return leaf.output.quality or usual
    if file_format == work.header.format == "jpeg" and not work.recipes[leaf.name].steps:
        # More than the original had would only spend bytes: the copy would be the larger one.
        return min(usual, jpeg_quality(work.data) or usual)
    return usual


def _write(
    image: "pyvips.Image", path: Path, file_format: str, output: Output, *, quality: int | None
) -> None:
    saver, usual, options = _SAVERS[file_format]
    if file_format == "jpeg" and image.hasalpha():
        image = image.flatten(background=_WHITE)
    if usual is not None:
        options = {**options, "Q": quality}
    keep = "none" if output.strip_metadata else "all"
    getattr(image, saver)(str(path), keep=keep, **options)


def _describe(path: Path, name: str, file_format: str, image: "pyvips.Image") -> WirePrint:
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return WirePrint(
        name=name,
        format=file_format,
        width=image.width,
        height=image.height,
        size_bytes=path.stat().st_size,
        sha256=digest,
    )
