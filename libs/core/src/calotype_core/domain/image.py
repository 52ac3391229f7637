"""What is known about an image: the read model's value, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from calotype_core.domain import lifecycle
from calotype_core.domain.lifecycle import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Original:
    """The bytes as they came in: where they are, how many, and their SHA-256 in hex.

    What is too large to be taken in stays where its owner put it, and nobody counts its SHA-256.
    """

    key: str
    size_bytes: int
    sha256: str

    @property
    def is_taken_in(self) -> bool:
        """Whether the bytes are ours to read; False where they are too many."""
        return bool(self.sha256)


@dataclass(frozen=True, kw_only=True, slots=True)
class FocalPoint:
    """Where the eye should rest: parts of width and height, 0 to 1, from the top left corner."""

    x: float
    y: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a picture was taken, in degrees (north and east are positive) and metres."""

    latitude: float
    longitude: float
    altitude: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Colour:
    """A dominant colour, as #rrggbb, and its part of the picture, 0 to 1."""

    hex: str
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Something that the picture shows, and how sure the model is, 0 to 1."""

    name: str
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageMetadata:
    """What is known of an original; width and height in pixels as a person sees them (oriented).

    What was not looked for, or not found, is empty. duration_ms is an animation's, once through.
    exif has selected entries by their names in camelCase. phash is 16 hex digits, thumbhash base64.
    Colours and labels come with the largest share and confidence first.
    """

    width: int
    height: int
    format: str
    size_bytes: int
    colour_mode: str
    orientation: int
    sha256: str
    pages: int = 1
    has_alpha: bool = False
    duration_ms: int = 0
    exif: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    phash: str = ""
    blurhash: str = ""
    thumbhash: str = ""
    colours: tuple[Colour, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendition:
    """One print of an original; width and height in pixels."""

    name: str
    key: str
    format: str
    width: int
    height: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why an image failed: a stable code, and a sentence that says what to do about it."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """A state that the image entered, and when."""

    status: Status
    at: datetime
    generation: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Requested:
    """A rendition that was asked for when the image was already here, and when that was."""

    rendition: Rendition
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRecord:
    """Everything known about one image. Written by query's projector only.

    renditions are those that its own instructions made; requested are those that were asked for
    later, one of each name, in the order in which they were asked for.
    """

    image_id: str
    generation: int
    status: Status
    job_id: str | None = None
    position: int | None = None
    filename: str | None = None
    original: Original | None = None
    url: str | None = None
    instructions: str | None = None
    callback_url: str | None = None
    focal_point: FocalPoint | None = None
    metadata: ImageMetadata | None = None
    renditions: tuple[Rendition, ...] = ()
    requested: tuple[Requested, ...] = ()
    failure: Failure | None = None
    attempts: int = 0
    history: tuple[Transition, ...] = ()

    @property
    def state(self) -> lifecycle.State:
        """The record's place in the lifecycle."""
        return lifecycle.State(generation=self.generation, status=self.status)

    @property
    def is_whole(self) -> bool:
        """Whether it has failed, or is completed and its acceptance, too, is in it.

        Either may be projected first. Until then it lacks what was asked for, and its original.
        """
        accepted = self.instructions is not None
        return self.status is Status.FAILED or (self.status is Status.COMPLETED and accepted)

    @property
    def served(self) -> tuple[Rendition, ...]:
        """Every rendition: the image's own, then the requested; of one name its own counts."""
        own = {one.name for one in self.renditions}
        more = (one.rendition for one in self.requested if one.rendition.name not in own)
        return (*self.renditions, *more)

    def rendition(self, name: str | None) -> Rendition | None:
        """Return the rendition of that name, or the first one, which is what /image/{id} shows."""
        if name is None:
            return next(iter(self.served), None)
        return next((one for one in self.served if one.name == name), None)
