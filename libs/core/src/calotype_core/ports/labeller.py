"""What a picture shows, in words: a model of our own, or a service that is asked.

Unavailable
├── LabellerAwayError        nobody is there, or it may not be asked: the next image fares alike
└── (each adapter adds its own beside the code that raises it)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from calotype_core.domain.image import Label
from calotype_core.errors import Unavailable

PREVIEW_SHORTER = 256  # pixels: what models are trained on, whatever they then cut out of it
PREVIEW_LONGEST = 640  # pixels: of what is longer, the middle
CHANNELS = 3  # bytes a pixel


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """A small upright copy of a picture: 8-bit sRGB, row by row from the top, three bytes a pixel.

    Its shorter side is PREVIEW_SHORTER, its longer one at most PREVIEW_LONGEST. Raises ValueError
    where it is none.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not is_previews_size(self.width, self.height):
            raise ValueError(f"{self.width} x {self.height} is no preview's size")
        if len(self.rgb) != self.width * self.height * CHANNELS:
            raise ValueError(f"{len(self.rgb)} bytes are no {self.width} x {self.height} pixels")


def is_previews_size(width: int, height: int) -> bool:
    """Return whether a preview may have these sides."""
    return min(width, height) == PREVIEW_SHORTER and max(width, height) <= PREVIEW_LONGEST


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelBounds:
    """How many labels are wanted at most, how sure they must be, and how long they may take."""

    most: int = 10
    least_confidence: float = 0.1
    seconds: float = 5.0

    def applied(self, found: Iterable[tuple[str, float]]) -> tuple[Label, ...]:
        """Return those labels that are wanted, the surest first."""
        sure = [
            Label(name=name, confidence=min(confidence, 1.0))
            for name, confidence in found
            if confidence >= self.least_confidence
        ]
        return tuple(sorted(sure, key=lambda one: (-one.confidence, one.name))[: self.most])


class LabellerAwayError(Unavailable):
    """No labels can be had now: whoever asks again at once waits as long for as little."""

    code = "labeller_away"


class Labeller(Protocol):
    """What finds labels; it was opened with LabelBounds."""

    async def label(self, preview: Preview) -> tuple[Label, ...]:
        """Return the labels within the bounds, the surest first; none where it is sure of nothing.

        No name comes twice. Confidence is 0 to 1. Any number may ask at once, and the event loop is
        never held up. Raises Unavailable, LabellerAwayError among them, once the bounds' seconds
        are over at the latest.
        """
