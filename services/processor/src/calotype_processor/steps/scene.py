"""What a step may need to know besides its operation and its image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calotype_core.domain.image import FocalPoint
from calotype_processor.engine.limits import EngineLimits

if TYPE_CHECKING:
    import pyvips


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """The focal point, where there is one, as parts of the image that a step is given.

    overlays are the watermarks, by the names that operations use: sRGB with transparency.
    """

    limits: EngineLimits
    focus: FocalPoint | None = None
    overlays: Mapping[str, "pyvips.Image"] = field(default_factory=dict)
