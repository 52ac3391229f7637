from calotype_processor.errors import ImageTooLargeError, UnsupportedFormatError
from calotype_processor.work import Header, Work

_READABLE = frozenset(
    {"srgb", "rgb", "b-w", "rgb16", "grey16", "cmyk", "lab", "labs", "scrgb", "xyz"}
)


def check(work: Work) -> None:
    """Refuse, on the header's word alone, what would cost too much to decode.

    Forty bytes can promise an image that takes gigabytes or minutes.
    """
    header, limits = work.header, work.limits
    _within(header.size.pixels, limits.max_pixels, f"{header.size}, %d pixels", "pixels")
    longest = max(header.size.width, header.size.height)
    _within(longest, limits.max_side, f"{header.size}", "pixels a side")
    _within(header.pages, limits.max_pages, "%d pages long", "pages")
    if header.interlaced:
        what = "only decoded as a whole and needs %d bytes of memory at once"
        _within(header.decoded_bytes, limits.max_interlaced_bytes, what, "bytes")
    _colours(header)


def _within(amount: int, limit: int, what: str, unit: str) -> None:
    if amount > limit:
        found = what % amount if "%d" in what else what
        raise ImageTooLargeError(
            f"The image is {found}; at most {limit} {unit} are allowed. Send a smaller one."
        )


def _colours(header: Header) -> None:
    if header.interpretation not in _READABLE:
        raise UnsupportedFormatError(
            f"The image's colours ({header.interpretation}) cannot be shown. "
            "Send it in RGB, grey or CMYK."
        )
