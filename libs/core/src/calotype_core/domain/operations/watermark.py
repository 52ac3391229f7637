"""The operation that puts something of one's own over the picture: a stored image, or a text."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from calotype_core.domain.operations.fields import (
    COLOUR,
    FLAG,
    LONGEST_SIDE,
    Expectation,
    Operation,
    number,
    one_of,
    takes,
    text,
)
from calotype_core.domain.watermarks import is_reference

Position = Literal[
    "centre", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"
]
POSITIONS: tuple[str, ...] = Position.__args__  # type: ignore[attr-defined]  # typing has no public way to ask

LONGEST_TEXT = 200  # characters
MOST_LINES = 10
LARGEST_TEXT = 2_000  # pixels
LARGEST_SCALE = 2.0  # above 1 it overhangs
TEXT_SIZE = 0.05  # of the shorter side
SHIPPED_FONT = "sans"
WHITE = "#ffffffff"
_TURN = 360

IMAGE = Expectation(
    words="the name of a stored watermark, or the id of an image",
    accepts=lambda got: isinstance(got, str) and is_reference(got),
)
_TEXT = text(LONGEST_TEXT)
TEXT = Expectation(
    words=f"{_TEXT.words} in at most {MOST_LINES} lines",
    accepts=lambda got: (
        _TEXT.accepts(got)
        and isinstance(got, str)
        and bool(got.strip())
        and got.count("\n") < MOST_LINES
    ),
)
FONT = Expectation(
    words="the name of a font: sans, sans-bold, or one of the operator's",
    accepts=lambda got: (
        isinstance(got, str)
        and 1 <= len(got) <= 64  # noqa: PLR2004 - as long as other names
        and all(one.isascii() and (one.isalnum() or one in "-_") for one in got)
    ),
    reads=str.lower,
)
_OFFSET = number(-LONGEST_SIDE, LONGEST_SIDE)
# Nothing has two signs in JSON, and so would have two keys.
OFFSET = Expectation(
    words=_OFFSET.words, accepts=_OFFSET.accepts, reads=lambda got: float(got) + 0.0
)
# Twice, since what is just below nothing is read as a whole turn.
ANGLE = Expectation(
    words=f"a number of degrees from -{_TURN} to {_TURN}",
    accepts=number(-_TURN, _TURN).accepts,
    reads=lambda got: float(got) % _TURN % _TURN,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Watermark(Operation):
    """Put a stored image, or a text, over the picture.

    It is never larger than the picture, unless scale is above 1.
    """

    shorthand: ClassVar[str | None] = "image"

    image: str | None = takes(IMAGE, "what is put there", None)
    text: str | None = takes(TEXT, "what is written there instead", None)
    font: str | None = takes(FONT, f"the text's font ({SHIPPED_FONT})", None)
    size: float | None = takes(
        number(0.001, LARGEST_TEXT),
        "the height of the text's letters: below 1 as a part of the picture's shorter side, else"
        f" in pixels ({TEXT_SIZE:g}, where there is no scale)",
        None,
    )
    colour: str | None = takes(COLOUR, "the text's colour (white)", None)
    gravity: Position = takes(one_of(*POSITIONS), "where it sits", "centre")
    offset_x: float = takes(
        OFFSET,
        "how far from the left or right edge, or from the middle to the right: below 1 as a part of"
        " the width, else in pixels; tiled: the gap between two tiles",
        0.0,
    )
    offset_y: float = takes(OFFSET, "the same from above or below", 0.0)
    scale: float | None = takes(
        number(0.001, LARGEST_SCALE),
        "its width, as a part of the picture's; not given: an image is as large as it is",
        None,
    )
    scale_height: float | None = takes(
        number(0.001, LARGEST_SCALE),
        "its height, as a part of the picture's; of two, the smaller counts",
        None,
    )
    opacity: float = takes(number(0, 1), "1 hides what is below, 0 is not seen", 1.0)
    tiled: bool = takes(FLAG, "whether it is repeated all over the picture", False)
    rotate: float = takes(ANGLE, "how far it is turned clockwise", 0.0)

    def __post_init__(self) -> None:
        if self.text is None:
            return
        # Said or not, it is the same text.
        sized = self.size is not None or self.scale is not None or self.scale_height is not None
        spelled = {
            "font": self.font or SHIPPED_FONT,
            "size": self.size if sized else TEXT_SIZE,
            "colour": self.colour or WHITE,
        }
        for name, value in spelled.items():
            object.__setattr__(self, name, value)

    def missing(self) -> str | None:
        """Return what is missing."""
        if (self.image is None) == (self.text is None):
            return "either an image or a text"
        if self.image is not None and (self.font or self.size or self.colour):
            return "font, size and colour with a text only; an image has a scale"
        if self.size is not None and (self.scale is not None or self.scale_height is not None):
            return "either size or scale"
        return None
