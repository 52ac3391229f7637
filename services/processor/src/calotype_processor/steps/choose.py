"""Which format a print is written in."""

from collections.abc import Mapping, Sequence

from calotype_core.domain.operations import NEGOTIABLE, Output
from calotype_processor.sizes import Size
from calotype_processor.work import Header

_OF_THE_WEB = frozenset({"jpeg", "png", "webp", "gif", "avif"})
# pixels: the longest side that a format, or its encoder, can hold
FORMAT_LONGEST: Mapping[str, int] = {"jpeg": 65_500, "webp": 16_383, "avif": 16_384, "gif": 65_535}


def choose(output: Output, header: Header, size: Size, *, alpha: bool) -> str:
    """Return the format to write a result of that size in, which may be transparent.

    "auto" takes the first that suits the picture, is accepted, and can hold it.
    """
    if output.format != "auto":
        return output.format
    suited = _suited(output, header, alpha=alpha)
    longest = max(size.width, size.height)
    able = (one for one in suited if longest <= FORMAT_LONGEST.get(one, longest))
    return next(able, suited[-1])


def is_lossless(output: Output, header: Header, file_format: str) -> bool:
    """Tell whether nothing may be lost: asked for, or few colours and "auto", which shows them."""
    if output.format != "auto" or output.asked_quality(file_format) is not None:
        return output.lossless
    return output.lossless or (_is_drawn(header) and output.accepts is not None)


def _suited(output: Output, header: Header, *, alpha: bool) -> Sequence[str]:
    """Return formats, the best first; the last is shown by every client, and holds any size."""
    moves = header.moves and output.animated
    still = "png" if alpha else "jpeg"
    everywhere = "gif" if moves else still
    if output.accepts is None:
        own = header.format in _OF_THE_WEB and (header.format != "jpeg" or not alpha)
        return (header.format, everywhere) if own else (everywhere,)
    if moves:
        suited: Sequence[str] = ("webp", "gif")
    elif _is_drawn(header):
        suited = ("webp", "png")
    elif alpha:
        suited = ("webp", "avif", "png")
    else:
        suited = ("avif", "webp", "png" if header.format == "png" else "jpeg")
    return [one for one in suited if one not in NEGOTIABLE or one in output.accepts]


def _is_drawn(header: Header) -> bool:
    # Line art, logos, screenshots: a palette is the one sign of them that costs nothing to read.
    return header.colour_mode == "palette"
