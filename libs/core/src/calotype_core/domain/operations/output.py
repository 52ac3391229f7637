"""How a rendition is written."""

from dataclasses import dataclass
from typing import Literal

from calotype_core.domain.operations.fields import FLAG, one_of, takes, whole

Format = Literal["auto", "jpeg", "png", "webp", "avif", "gif", "tiff"]
FORMATS: tuple[str, ...] = Format.__args__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """How the result is written."""

    format: Format = takes(
        one_of(*FORMATS),
        "auto: the original's own where browsers show it, else JPEG, or PNG with transparency",
        "auto",
    )
    quality: int | None = takes(
        whole(1, 100),
        "for lossy formats; not given: 80 (WebP 79, AVIF 63); a copy of a JPEG at most its own",
        None,
    )
    animated: bool = takes(
        FLAG, "whether an animation stays one in GIF and WebP; otherwise its first frame", True
    )
    strip_metadata: bool = takes(FLAG, "leave out EXIF, XMP and comments", True)
    auto_orient: bool = takes(
        FLAG,
        "put the picture upright; false: pixels as they are stored, and no word of EXIF's"
        " orientation in the result",
        True,
        spelled=False,
    )
