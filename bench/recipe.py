"""The bare recipe: the three default renditions as a careful hand writes them with pyvips.

It is the yardstick, so it must stay the fastest way that we know; nothing is checked, kept,
announced or served. The optimised print is decoded at full size. Of a baseline JPEG the thumbnails
come from a second decode, shrunk on load, and then each from the next larger. Of a progressive one
every coefficient must be read before the first pixel, so that a second decode costs half as much
again as all the rest: there, one decode kept in memory serves all.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyvips

THUMBNAILS = {"640x480": (640, 480), "100x100": (100, 100)}  # largest first
QUALITY = 80
_SHOWN = ("srgb", "b-w")
ENVIRONMENT = {"VIPS_CONCURRENCY": "1", "VIPS_WARNING": "0", "MALLOC_ARENA_MAX": "2"}


class Made(NamedTuple):
    """A rendition: sides in pixels, and its bytes."""

    width: int
    height: int
    size_bytes: int


@contextmanager
def workers(cores: int) -> Iterator[Pool]:
    """Yield a process a core. Spawned, since libvips does not survive a fork."""
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    try:
        pool = get_context("spawn").Pool(cores, _prepare)
    finally:
        for name in ENVIRONMENT:
            os.environ.pop(name)
        os.environ.update(before)
    with pool:
        yield pool


def _prepare() -> None:
    import pyvips  # noqa: PLC0415 - in the workers only, and after their environment is set

    pyvips.cache_set_max(0)


def versions() -> str:
    """Return those of what does the work; called in a worker."""
    import pyvips  # noqa: PLC0415 - as above

    libvips = ".".join(str(pyvips.version(place)) for place in range(3))
    return f"libvips {libvips}, pyvips {pyvips.__version__}"


def make(photograph: Path) -> Mapping[str, Made]:
    """Return the renditions by name; called in a worker."""
    import pyvips  # noqa: PLC0415 - as above

    whole = _upright_srgb(pyvips.Image.jpegload(str(photograph), access="sequential"))
    if whole.get_typeof("jpeg-multiscan") and whole.get("jpeg-multiscan"):
        image = whole = whole.copy_memory()
    else:
        shrink = _shrink_on_load(whole.width, whole.height)
        image = _upright_srgb(
            pyvips.Image.jpegload(str(photograph), access="sequential", shrink=shrink)
        )
    made = {"optimised": _encode(whole)}
    for name, (width, height) in THUMBNAILS.items():
        image = image.thumbnail_image(width, height=height, size="down").copy_memory()
        made[name] = _encode(image)
    return made


def _shrink_on_load(width: int, height: int) -> int:
    (within_width, within_height), *_ = THUMBNAILS.values()
    spare = max(width / within_width, height / within_height)
    return next((factor for factor in (8, 4, 2) if factor <= spare), 1)


def _upright_srgb(image: "pyvips.Image") -> "pyvips.Image":
    if image.get_typeof("icc-profile-data") or image.interpretation not in _SHOWN:
        image = image.icc_transform("srgb", embedded=True)
    if image.get_typeof("orientation") and image.get("orientation") > 1:
        image = image.copy_memory().autorot()
    return image


def _encode(image: "pyvips.Image") -> Made:
    return Made(image.width, image.height, len(image.jpegsave_buffer(Q=QUALITY, keep="none")))
