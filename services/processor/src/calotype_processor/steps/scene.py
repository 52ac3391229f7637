"""What a step may need to know besides its operation and its image."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from calotype_core.domain.image import FocalPoint
from calotype_processor.engine.limits import EngineLimits

DecidedT = TypeVar("DecidedT")

if TYPE_CHECKING:
    import pyvips


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """The focal point, where there is one, as parts of the image that a step is given.

    overlays are the watermarks, by the names that operations use: sRGB with transparency. decided
    is what a step made up its mind about, kept from one frame of an animation to the next.
    """

    limits: EngineLimits
    focus: FocalPoint | None = None
    overlays: Mapping[str, "pyvips.Image"] = field(default_factory=dict)
    decided: dict[str, Any] = field(default_factory=dict)

    def once(self, what: str, decide: Callable[[], DecidedT]) -> DecidedT:
        """Return what decide returns, for an animation what it returned for its first frame.

        Wherever pixels decide (a box, a colour), so that an animation does not jitter.
        """
        if what not in self.decided:
            self.decided[what] = decide()
        decided: DecidedT = self.decided[what]
        return decided
