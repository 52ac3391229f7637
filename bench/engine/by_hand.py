"""The same renditions as careful hands write them: with bare libvips, and with Pillow."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engine.cases import Case, Output

if TYPE_CHECKING:
    import pyvips

# In libvips' names: the saver, and its options besides the quality.
_SAVERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "jpeg": ("jpegsave", {}),
    "png": ("pngsave", {"compression": 6}),
    "webp": ("webpsave", {"effort": 2}),
    "avif": ("heifsave", {"effort": 1, "compression": "av1"}),
}


def bare(case: Case, source: Path, folder: Path) -> float | None:
    """Make them with pyvips and nothing around it: the fastest way that we know."""
    began = time.perf_counter()
    data = source.read_bytes()
    if data[4:12] == b"ftypheic":
        return None  # the wheel has no decoder
    image = _shrunk(data, case.outputs[0])
    for output in case.outputs:
        if output.box:
            width, height = output.box
            image = image.thumbnail_image(width, height=height, size="down")
        if len(case.outputs) > 1:
            image = image.copy_memory()
        saver, options = _SAVERS[output.format]
        if output.format != "png":
            options = {**options, "Q": output.quality}
        getattr(image, saver)(str(folder / output.name), keep="none", **options)
    return time.perf_counter() - began


def _shrunk(data: bytes, largest: Output) -> "pyvips.Image":
    import pyvips  # noqa: PLC0415 - as above

    image = pyvips.Image.new_from_buffer(data, "", access="sequential")
    loader = str(image.get("vips-loader"))
    if largest.box is None or not loader.startswith(("jpegload", "webpload")):
        return image
    spare = max(image.width / largest.box[0], image.height / largest.box[1])
    shrink = next((factor for factor in (8, 4, 2) if factor <= spare), 1)
    by = {"shrink": shrink} if loader.startswith("jpegload") else {"scale": 1 / shrink}
    return pyvips.Image.new_from_buffer(data, "", access="sequential", **by)


def pillow(case: Case, source: Path, folder: Path) -> float | None:
    """Make them with Pillow, written well: draft, reduce on the way, each from the next larger."""
    import pillow_heif  # noqa: PLC0415 - in the worker only
    from PIL import AvifImagePlugin, Image  # noqa: PLC0415 - in the worker only

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a core a side
    began = time.perf_counter()
    image: Image.Image = Image.open(source)
    largest = case.outputs[0].box
    if largest:
        image.draft("RGB", largest)
    for output in case.outputs:
        if output.box:
            image.thumbnail(output.box, Image.Resampling.LANCZOS, reducing_gap=2.0)
        image.convert("RGB").save(folder / output.name, output.format, **_options(output))
    return time.perf_counter() - began


def _options(output: Output) -> dict[str, object]:
    known: dict[str, dict[str, object]] = {
        "jpeg": {"quality": output.quality},
        "png": {},
        "webp": {"quality": output.quality, "method": 2},
        "avif": {"quality": output.quality, "speed": 8, "max_threads": 1},  # libvips' effort of 1
    }
    return known[output.format]
