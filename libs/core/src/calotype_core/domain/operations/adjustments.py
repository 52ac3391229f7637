"""Operations that change colours and sharpness, and never a size.

All of them work on sRGB as it is stored, 0 to 255, as the filters of browsers and of Pillow do. A
result is rounded, and what would leave the range stays at its end. Transparency stays as it is,
except where neighbouring pixels are mixed: there each counts as much as it is visible.
"""

from dataclasses import dataclass
from typing import ClassVar

from calotype_core.domain.operations.fields import (
    FLAG,
    SIDE,
    Expectation,
    Operation,
    number,
    takes,
)

PERCENT = number(-100, 100)
SIGMA = number(0, 250, "pixels")
_TURN = number(-360, 360, "degrees")
# Twice: the remainder of a tiny negative number is a whole turn.
TURN = Expectation(
    words=_TURN.words, accepts=_TURN.accepts, reads=lambda got: _TURN.reads(got) % 360 % 360
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Brightness(Operation):
    """Add light, or take it away: -100 is black, 100 is white.

    v + 2.55 amount, for each of red, green and blue; as thumbor's filter of that name.
    """

    shorthand: ClassVar[str | None] = "amount"

    amount: float | None = takes(PERCENT, "how much brighter; 0 changes nothing", None)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.amount == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast(Operation):
    """Move colours away from the middle grey, or towards it: -100 is all grey.

    (v - 127.5) (1 + amount / 100)² + 127.5, for each of red, green and blue; as thumbor's filter.
    """

    shorthand: ClassVar[str | None] = "amount"

    amount: float | None = takes(PERCENT, "how much more; 0 changes nothing, 100 is fourfold", None)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.amount == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Saturation(Operation):
    """Make colours stronger, or weaker: -100 leaves the greys.

    saturate(1 + amount / 100) of the W3C's Filter Effects: away from, or towards, the grey of the
    same luma, 0.2126 red + 0.7152 green + 0.0722 blue.
    """

    shorthand: ClassVar[str | None] = "amount"

    amount: float | None = takes(PERCENT, "how much stronger; 0 changes nothing", None)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.amount == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Hue(Operation):
    """Turn the colours around the wheel, from red towards green; greys stay.

    hue-rotate() of the W3C's Filter Effects: a turn around the axis of greys that keeps the luma.
    """

    shorthand: ClassVar[str | None] = "degrees"

    degrees: float | None = takes(TURN, "how far; 0 and 360 change nothing", None)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.degrees == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rgb(Operation):
    """Add to red, green and blue, or take away, each by itself.

    v + 2.55 amount, as thumbor's filter of that name. A grey image gains colours by it.
    """

    red: float = takes(PERCENT, "how much more red", 0.0)
    green: float = takes(PERCENT, "how much more green", 0.0)
    blue: float = takes(PERCENT, "how much more blue", 0.0)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.red == self.green == self.blue == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Equalize(Operation):
    """Spread the tones evenly from black to white, in each of red, green and blue by itself.

    255 (seen up to v - seen at the darkest) / (seen - seen at the darkest), where a pixel is seen
    as far as it is not transparent: equalisation of the histogram as textbooks have it. A colour
    with one tone only stays.
    """

    shorthand: ClassVar[str | None] = "enabled"

    enabled: bool = takes(FLAG, "false leaves it out", True)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return not self.enabled


@dataclass(frozen=True, kw_only=True, slots=True)
class Grayscale(Operation):
    """Take the colours away; the image has one channel then, and is the smaller for it.

    grayscale(1) of the W3C's Filter Effects: 0.2126 red + 0.7152 green + 0.0722 blue.
    """

    shorthand: ClassVar[str | None] = "enabled"

    enabled: bool = takes(FLAG, "false leaves it out", True)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return not self.enabled


@dataclass(frozen=True, kw_only=True, slots=True)
class Blur(Operation):
    """Blur, as the filters of browsers and Pillow do: by a Gaussian.

    sigma is its standard deviation; the image's edge goes on outside for ever.
    """

    shorthand: ClassVar[str | None] = "sigma"

    sigma: float | None = takes(SIGMA, "how far; below 0.2 nothing can be seen", None)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.sigma == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharpen(Operation):
    """Sharpen by an unsharp mask: what a blur would take away is added once more.

    v + amount (v - blurred v), for each of red, green and blue; as Pillow's UnsharpMask with a
    radius of sigma, amount · 100 per cent, and no threshold.
    """

    shorthand: ClassVar[str | None] = "sigma"

    sigma: float | None = takes(SIGMA, "how wide an edge is: 0.5 to 2 for most images", None)
    amount: float = takes(number(0, 10), "how much of it", 1.0)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.sigma == 0 or self.amount == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pixelate(Operation):
    """Make squares of one colour each, the mean of what was there, from the top left corner.

    Squares that reach over the right or the bottom edge count the pixels at the edge as often as
    they reach over it.
    """

    shorthand: ClassVar[str | None] = "size"

    size: int | None = takes(SIDE, "a square's side; 1 changes nothing", None)

    def neutral(self) -> bool:
        """Tell whether it is none."""
        return self.size == 1
