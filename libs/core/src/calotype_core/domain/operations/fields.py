"""What an operation's fields take: declared once, read by the parser, the errors and the docs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from calotype_core.domain.colours import read_colour

LONGEST_SIDE = 65_500  # pixels: the longest that JPEG, and so every reader, can hold


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What a field takes, in words for the person who got it wrong, and as a test.

    reads brings what was accepted into its one form, so that 1 and 1.0 are equal instructions.
    """

    words: str
    accepts: Callable[[object], bool]
    reads: Callable[[Any], Any] = lambda got: got


def whole(low: int, high: int, unit: str = "") -> Expectation:
    """Expect a whole number in a closed range."""
    words = f"a whole number{unit and f' of {unit}'} from {low} to {high}"
    return Expectation(
        words=words,
        accepts=lambda got: (
            isinstance(got, int) and got is not True and low <= got <= high and got is not False
        ),
    )


def number(low: float, high: float, unit: str = "") -> Expectation:
    """Expect a number in a closed range; whole numbers are numbers."""
    return Expectation(
        words=f"a number{unit and f' of {unit}'} from {low:g} to {high:g}",
        accepts=lambda got: (
            isinstance(got, int | float) and not isinstance(got, bool) and low <= got <= high
        ),
        reads=lambda got: float(got) + 0.0,  # which makes 0.0 of -0.0
    )


def one_of(*choices: str | int) -> Expectation:
    """Expect one of these values, of the same type."""
    words = "one of " + ", ".join(str(choice) for choice in choices)
    return Expectation(
        words=words,
        accepts=lambda got: any(type(got) is type(one) and got == one for one in choices),
    )


def text(most: int) -> Expectation:
    """Expect text of 1 to so many characters, none of them a control character but line breaks."""
    return Expectation(
        words=f"text of 1 to {most} characters",
        accepts=lambda got: (
            isinstance(got, str)
            and 1 <= len(got) <= most
            and all(one.isprintable() or one == "\n" for one in got)
        ),
    )


FLAG = Expectation(words="true or false", accepts=lambda got: isinstance(got, bool))


COLOUR = Expectation(
    words="a colour such as #f80, #ff8800, #ff8800cc, white or transparent",
    accepts=lambda got: isinstance(got, str) and read_colour(got) is not None,
    reads=read_colour,
)


def takes(expectation: Expectation, meaning: str, default: object, *, spelled: bool = True) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare an operation's field: what it takes, what it means, and its default.

    A field that is new to an operation is not spelled out at its default: instructions that were
    canonical before it stay so, and renditions keep their keys.
    """
    told = {"expectation": expectation, "meaning": meaning, "spelled": spelled}
    return field(default=default, metadata=told)


class Operation:
    """One step from pixels to pixels."""

    __slots__ = ()

    shorthand: ClassVar[str | None] = None  # the field that a bare value means: {"rotate": 90}

    def missing(self) -> str | None:
        """Return what the fields together still need, in words; None where they make sense.

        The field that a bare value means is needed, where it has no default.
        """
        needed = self.shorthand
        return needed if needed is not None and getattr(self, needed) is None else None

    def neutral(self) -> bool:
        """Tell whether no image is changed by it: it is left out of instructions, and unasked."""
        return False


SIDE = whole(1, LONGEST_SIDE, "pixels")


def expectation_of(metadata: Mapping[str, object]) -> Expectation:
    """Return what a field declared with takes() accepts."""
    return cast("Expectation", metadata["expectation"])
