"""What the fields of geometry take: pixels or parts, places, proportions, and what lies behind."""

import re
from collections.abc import Callable
from typing import Any, Literal

from calotype_core.domain.colours import TRANSPARENT, read_colour
from calotype_core.domain.focal_points import EXPECTED, read_focal_point
from calotype_core.domain.operations.fields import (
    COLOUR,
    LONGEST_SIDE,
    Expectation,
    one_of,
)

Gravity = Literal[
    "centre", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest",
    "smart", "focal",
]  # fmt: skip
GRAVITIES: tuple[str, ...] = Gravity.__args__  # type: ignore[attr-defined]  # typing has no public way to ask
FILLS = ("auto", "blur")
_RATIO = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,5})?):([0-9]{1,5}(?:\.[0-9]{1,5})?)", re.ASCII)
_FLATTEST = 1000
_FULL_TURN = 360


def _measure(
    low: int,
    high: int,
    part: Callable[[float], bool],
    words: str,
    reads: Callable[[Any], Any] = lambda got: got,
) -> Expectation:
    def accepts(got: object) -> bool:
        if isinstance(got, float):
            return part(got)
        return isinstance(got, int) and not isinstance(got, bool) and low <= got <= high

    said = f"a whole number of pixels from {low} to {high}, or a part {words}"
    return Expectation(words=said, accepts=accepts, reads=reads)


# A part is one of the image's own side at that point.
LENGTH = _measure(1, LONGEST_SIDE, lambda got: 0 < got < 1, "between 0 and 1")
EDGE = _measure(
    0, LONGEST_SIDE - 1, lambda got: 0 <= got < 1, "between 0 and 1", lambda got: got or 0
)
OFFSET = _measure(
    -LONGEST_SIDE,
    LONGEST_SIDE,
    lambda got: -1 < got < 1,
    "between -1 and 1",
    lambda got: got or None,
)


def _read_ratio(got: object) -> float | None:
    if isinstance(got, str) and (pair := _RATIO.fullmatch(got)):
        width, height = map(float, pair.groups())
        got = width / height if height else 0
    if isinstance(got, int | float) and not isinstance(got, bool):
        return float(got) if 1 / _FLATTEST <= got <= _FLATTEST else None
    return None


RATIO = Expectation(
    words=f'width to height, such as "16:9" or 1.78, from 1:{_FLATTEST} to {_FLATTEST}:1',
    accepts=lambda got: _read_ratio(got) is not None,
    reads=_read_ratio,
)


def _read_degrees(got: float) -> float:
    turned = got % _FULL_TURN % _FULL_TURN  # twice: a hair below zero becomes a full turn
    return int(turned) if turned == int(turned) else turned


DEGREES = Expectation(
    words=f"a number of degrees from -{_FULL_TURN} to {_FULL_TURN}",
    accepts=lambda got: (
        isinstance(got, int | float) and not isinstance(got, bool) and abs(got) <= _FULL_TURN
    ),
    reads=_read_degrees,
)


def _read_fill(got: str) -> str | None:
    """Return the fill's one form; None for transparent, which is what there is without any."""
    colour = got if got in FILLS else read_colour(got)
    return None if colour == TRANSPARENT else colour


CORNERS = ("northwest", "southeast")
# An edge's colour; not given, it is that of the first corner.
CORNER = Expectation(
    words=f"{COLOUR.words}, or northwest or southeast (the pixel in that corner)",
    accepts=lambda got: got in CORNERS or COLOUR.accepts(got),
    reads=lambda got: None if got == CORNERS[0] else got if got in CORNERS else read_colour(got),
)
FILL = Expectation(
    words=f"{COLOUR.words}, or auto (the mean colour) or blur (the picture, blurred)",
    accepts=lambda got: got in FILLS or COLOUR.accepts(got),
    reads=_read_fill,
)
BACKING = Expectation(
    words=f"{COLOUR.words}, or auto (the mean colour)",
    accepts=lambda got: got == FILLS[0] or COLOUR.accepts(got),
    reads=lambda got: got if got == FILLS[0] else read_colour(got),
)
FOCUS = Expectation(
    words=EXPECTED,
    accepts=lambda got: read_focal_point(got) is not None,
    reads=read_focal_point,
)
GRAVITY = one_of(*GRAVITIES)
ROOM = "what fills the room (transparent; white where the format has no transparency)"
RIGHT, DOWN = "to the right; from an edge, away from it", "down; from an edge, away from it"
