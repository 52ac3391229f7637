from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from calotype_core.errors import CalotypeError, Rejected
from calotype_processor.engine.verdict import verdict
from calotype_processor.errors import ImageTooLargeError, WatermarkUnusableError
from calotype_processor.plan import Exposure
from calotype_processor.steps.check import check
from calotype_processor.steps.colour import is_shown
from calotype_processor.steps.decode import decode
from calotype_processor.steps.orient import orient
from calotype_processor.steps.probe import probe
from calotype_processor.steps.scale import scale
from calotype_processor.steps.step import size_of
from calotype_processor.work import Work

if TYPE_CHECKING:
    import pyvips

_OPAQUE = 255
_MOST_PIXELS = 32_000_000  # of all watermarks together: each is held in memory


def overlay(work: Work) -> None:
    """Open the watermarks: strangers' files as much as the image, and under the same checks."""
    opened: dict[str, pyvips.Image] = {}
    for name, path in work.overlays.items():
        room = _MOST_PIXELS - sum(size_of(one).pixels for one in opened.values())
        opened[name] = _opened(name, path, work, room)
    work.scene = replace(work.scene, overlays=opened)


def _opened(name: str, path: Path, work: Work, room: int) -> "pyvips.Image":
    try:
        return _decoded(
            Work(
                data=path.read_bytes(),
                recipes={},
                outputs=work.outputs,
                limits=work.limits,
                scene=work.scene,
            ),
            room,
        )
    except Exception as error:
        told = verdict(error)
        raise _blamed(name, told) from error


def _blamed(name: str, error: CalotypeError) -> CalotypeError:
    if not isinstance(error, Rejected):  # the engine's matter, whichever file it was
        return error
    return WatermarkUnusableError(f"The watermark {name} cannot be used. {error.message}")


def _decoded(own: Work, room: int) -> "pyvips.Image":
    """Return sRGB pixels with transparency, in memory: each print reads them in its own order."""
    probe(own)
    # All of it is in memory at once, as an interlaced file's pixels are.
    own.header = replace(own.header, interlaced=True)
    check(own)
    if own.header.size.pixels > room:
        raise ImageTooLargeError(
            f"It is {own.header.size}, and watermarks have at most {_MOST_PIXELS} pixels together."
            " Store a smaller one."
        )
    pixels = decode(own, Exposure(shrink=1, full=(), bases=()))
    shown = orient(pixels if is_shown(pixels) else scale(pixels, size_of(pixels)))
    coloured = shown.colourspace("srgb")
    return (coloured if coloured.hasalpha() else coloured.bandjoin(_OPAQUE)).copy_memory()
