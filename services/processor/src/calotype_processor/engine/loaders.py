"""Which decoders a stranger's bytes may reach.

libvips picks a loader by looking at the bytes, and some of its loaders nobody has fuzzed: through
them, images have read files and run code (CVE-2026-66066). All are blocked but six; a seventh, for
drawings, is opened only while one that was sanitised is handed over.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pyvips

OLDEST = (8, 13)  # the first libvips that can block loaders
ALLOWED = ("Jpeg", "Png", "Webp", "Nsgif", "Heif", "Tiff")
_CANARY = b"P5 1 1 255 \x00"  # a one-pixel PGM: always built in, never allowed


class UnsafeLibraryError(RuntimeError):
    """This libvips cannot be told which loaders to use."""


def restrict() -> None:
    """Block every loader but the allowed, and prove it; raises UnsafeLibraryError."""
    version = (pyvips.version(0), pyvips.version(1))
    if version < OLDEST:
        raise UnsafeLibraryError(
            f"libvips {version[0]}.{version[1]} cannot block loaders; install 8.13 or newer"
        )
    pyvips.operation_block_set("VipsForeignLoad", True)
    for family in ALLOWED:
        pyvips.operation_block_set(f"VipsForeignLoad{family}", False)
    # After the families, since it blocks again whatever in them libvips itself distrusts.
    pyvips.block_untrusted_set(True)
    _prove()


@contextmanager
def svg_allowed() -> Iterator[None]:
    """Let a drawing be loaded for as long as this lasts; what is loaded stays usable."""
    pyvips.operation_block_set("VipsForeignLoadSvg", False)
    try:
        yield
    finally:
        pyvips.operation_block_set("VipsForeignLoadSvg", True)


def _prove() -> None:
    try:
        pyvips.Image.new_from_buffer(_CANARY, "")
    except pyvips.Error:
        return
    raise UnsafeLibraryError("libvips still opens a format that was blocked")


def spend_little() -> None:
    """Keep nothing between images: no two are alike, and memory is what a child is limited in."""
    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.cache_set_max_files(0)


def forget_errors() -> None:
    """Empty libvips' error buffer, where one image's complaints would be told of the next."""
    pyvips.vips_lib.vips_error_clear()
