import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from calotype_processor.engine.messages import WirePrint, print_path
from calotype_processor.jpeg_quality import jpeg_quality
from calotype_processor.plan import Leaf
from calotype_processor.sizes import Size
from calotype_processor.steps.choose import choose, is_lossless
from calotype_processor.steps.colour import holds, keeps_colours, take_up
from calotype_processor.steps.fit import fit
from calotype_processor.steps.metadata import kept
from calotype_processor.steps.savers import SAVERS, Options, Saver
from calotype_processor.steps.scale import scale
from calotype_processor.steps.step import size_of
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips

_WHITE = 255


def encode(work: Work) -> None:
    """Write each print into the folder and describe it."""
    for leaf, image in work.images:
        output = leaf.output
        size = Size(image.width, image.get_page_height())
        file_format = choose(output, work.header, size, alpha=image.hasalpha())
        path = print_path(work.outputs, leaf.name, file_format)
        coloured = _coloured(work, leaf, image, file_format)
        finished, keep = kept(coloured, output, file_format, work.data)
        options = {**_options(work, leaf, file_format), "keep": keep}
        _write(finished, path, SAVERS[file_format], options, output.max_bytes)
        work.prints[leaf.name] = _describe(path, leaf.name, file_format, finished)


def _options(work: Work, leaf: Leaf, file_format: str) -> Options:
    return SAVERS[file_format].told(
        quality=_quality(work, leaf, file_format),
        lossless=is_lossless(leaf.output, work.header, file_format),
        progressive=leaf.output.progressive,
    )


def _quality(work: Work, leaf: Leaf, file_format: str) -> int | None:
    usual, asked = SAVERS[file_format].quality, leaf.output.asked_quality(file_format)
    if usual is None:
        return None
    if asked is not None:
        return asked
    if file_format == work.header.format == "jpeg" and not work.recipes[leaf.name].steps:
        # More than the original had would only spend bytes: the copy would be the larger one.
        return min(usual, jpeg_quality(work.data) or usual)
    return usual


def _coloured(work: Work, leaf: Leaf, image: "pyvips.Image", file_format: str) -> "pyvips.Image":
    """Return the image in the colours that the file is to have."""
    if leaf.name not in work.moving and keeps_colours(work.recipes[leaf.name], work.header):
        image = take_up(image, work.profile)
        if not holds(file_format, image):
            image = scale(image, size_of(image))
    if file_format == "jpeg" and image.hasalpha():
        image = image.flatten(background=_WHITE)
    return image


def _write(
    image: "pyvips.Image", path: Path, saver: Saver, options: Options, max_bytes: int | None
) -> None:
    if max_bytes is not None:
        image = image.copy_memory()  # what comes from a decoder can be gone through once

    def write(path: Path, options: Options) -> None:
        getattr(image, saver.name)(str(path), **options)

    write(path, options)
    if max_bytes is not None and path.stat().st_size > max_bytes:
        fit(path, saver.coarser(options), write, max_bytes)


def _describe(path: Path, name: str, file_format: str, image: "pyvips.Image") -> WirePrint:
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return WirePrint(
        name=name,
        format=file_format,
        width=image.width,
        height=image.get_page_height(),  # of one frame
        size_bytes=path.stat().st_size,
        sha256=digest,
    )
