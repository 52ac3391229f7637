"""How a rendition is written."""

from dataclasses import dataclass, fields
from typing import Literal, cast

from calotype_core.domain.operations.fields import FLAG, Expectation, one_of, takes, whole

Format = Literal["auto", "jpeg", "png", "webp", "avif", "gif", "tiff"]
FORMATS: tuple[str, ...] = Format.__args__  # type: ignore[attr-defined]  # as above
# What not every client shows, and so is chosen for those alone that say so.
Negotiable = Literal["avif", "webp"]
NEGOTIABLE: tuple[Negotiable, ...] = Negotiable.__args__  # type: ignore[attr-defined]  # as above

_QUALITY = whole(1, 100)


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatQuality:
    """A quality for each of the lossy formats; None: its usual one."""

    jpeg: int | None = None
    webp: int | None = None
    avif: int | None = None


_LOSSY = tuple(one.name for one in fields(FormatQuality))


def _is_format_quality(got: object) -> bool:
    if not isinstance(got, dict) or not got:
        return False
    return all(name in _LOSSY and _QUALITY.accepts(got[name]) for name in got)


def _is_accepts(got: object) -> bool:
    return isinstance(got, list) and all(isinstance(one, str) and one in NEGOTIABLE for one in got)


def _in_order(got: list[Negotiable]) -> tuple[Negotiable, ...]:
    return tuple(one for one in NEGOTIABLE if one in got)


_FORMAT_QUALITY = Expectation(
    words='an object such as {"webp": 70}: of jpeg, webp and avif, each a whole number'
    " from 1 to 100",
    accepts=_is_format_quality,
    reads=lambda got: FormatQuality(**got),
)
_ACCEPTS = Expectation(words="a list of avif and webp", accepts=_is_accepts, reads=_in_order)


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """How the result is written."""

    format: Format = takes(
        one_of(*FORMATS),
        "auto: the original's own where browsers show it, else JPEG, or PNG with transparency; "
        "where it is known what is accepted, what suits the picture best",
        "auto",
    )
    quality: int | None = takes(
        _QUALITY,
        "for lossy formats; not given: 80 (WebP 79, AVIF 63); a copy of a JPEG at most its own",
        None,
    )
    format_quality: FormatQuality | None = takes(
        _FORMAT_QUALITY, "the quality where the result has that format, and none is given", None
    )
    lossless: bool = takes(FLAG, "WebP and AVIF lose nothing", False, spelled=False)
    progressive: bool = takes(
        FLAG, "JPEG, PNG and GIF are seen whole before all of them is there", False, spelled=False
    )
    max_bytes: int | None = takes(
        whole(1, 2**31 - 1, "bytes"),
        "the finest that is no larger: of quality down to 10, of PNG and GIF fewer colours; where "
        "that is not enough, the smallest there is",
        None,
    )
    animated: bool = takes(
        FLAG,
        "an animation stays one in GIF and WebP, and auto takes one of these; false: its first"
        " frame",
        True,
        spelled=False,
    )
    strip_metadata: bool = takes(FLAG, "leave out EXIF, XMP, IPTC and comments", True)
    keep_copyright: bool = takes(
        FLAG,
        "of metadata that is left out, keep who made the picture and who has rights in it",
        True,
        spelled=False,
    )
    colour_profile: Literal["srgb", "keep"] = takes(
        one_of("srgb", "keep"),
        "srgb: converted, no profile needed; keep: colours as they are, with their profile, "
        "where the format holds it",
        "srgb",
        spelled=False,
    )
    accepts: tuple[Negotiable, ...] | None = takes(
        _ACCEPTS,
        "what auto may choose besides JPEG, PNG and GIF; not given: what the request's Accept "
        "header names",
        None,
    )
    auto_orient: bool = takes(
        FLAG,
        "put the picture upright; false: pixels as they are stored, and no word of EXIF's"
        " orientation in the result",
        True,
        spelled=False,
    )

    def asked_quality(self, file_format: str) -> int | None:
        """Return the quality asked for, where the result has that format."""
        if self.quality is not None or self.format_quality is None:
            return self.quality
        return cast("int | None", getattr(self.format_quality, file_format, None))
