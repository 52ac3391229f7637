"""What passes through the pipeline: one original and everything that becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from calotype_core.domain.image import Colour, Place
from calotype_core.domain.instructions import Recipe
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import WirePreview, WirePrint
from calotype_processor.facts import NOTHING, Fact
from calotype_processor.plan import Exposure, Leaf
from calotype_processor.sizes import Size
from calotype_processor.steps.scene import Scene

if TYPE_CHECKING:
    import pyvips

    from calotype_processor.decoders.drawing import Drawing


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What the header promises. size is as stored; upright is as a person sees it.

    exif is as it lies in the file, unread. profile_space is what the colour profile is for ("RGB");
    empty where there is none.
    """

    format: str
    size: Size
    upright: Size
    orientation: int
    pages: int
    decoded_bytes: int
    interlaced: bool
    interpretation: str
    colour_mode: str
    has_alpha: bool
    exif: bytes = b""
    profile_space: str = ""
    delays: tuple[int, ...] = ()  # ms, one a frame

    @property
    def moves(self) -> bool:
        """Whether it is an animation that libvips can give frame by frame."""
        return self.pages > 1 and self.format in ("gif", "webp")

    @property
    def drawn(self) -> bool:
        """Whether it has no pixels of its own, and can be had at any size."""
        return self.format == "svg"

    @property
    def shrinks(self) -> bool:
        """Whether the decoder can leave out what a smaller size does not need."""
        return self.format in ("jpeg", "webp")


class Known(TypedDict, total=False):
    """What was found out about the original besides its header, by ImageMetadata's names."""

    exif: Mapping[str, str]
    place: Place | None
    phash: str
    blurhash: str
    thumbhash: str
    colours: tuple[Colour, ...]


@dataclass(kw_only=True, slots=True)
class Work:
    """Filled in from the top by the pipeline's steps."""

    data: bytes
    recipes: Mapping[str, Recipe]
    outputs: Path
    limits: EngineLimits
    scene: Scene
    facts: frozenset[Fact] = NOTHING
    profile: bytes = b""  # of the colours that are kept
    drawing: "Drawing" = field(init=False)  # of an SVG: all of it that anything else is handed
    overlays: Mapping[str, Path] = field(default_factory=dict)
    header: Header = field(init=False)
    lenders: list[object] = field(default_factory=list)  # own memory that images point into
    moving: tuple[str, ...] = ()  # the prints that stay animations
    exposures: tuple[Exposure, ...] = field(init=False)
    images: list[tuple[Leaf, "pyvips.Image"]] = field(default_factory=list)
    prints: dict[str, WirePrint] = field(default_factory=dict)
    preview: WirePreview | None = None
    known: Known = field(default_factory=Known)
