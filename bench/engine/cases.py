"""What is measured: pictures that go in, and what every side makes of them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pillow_heif
from PIL import Image

from calotype_core.domain.operations import Format

_SIDES = (4_000, 3_000)  # 12 megapixels
_QUALITY = 90  # as cameras write


@dataclass(frozen=True, slots=True)
class Output:
    """One rendition: all of the picture within a box (None: at its size), and how it is written."""

    name: str
    box: tuple[int, int] | None
    format: Format = "jpeg"
    quality: int = 80


@dataclass(frozen=True, slots=True)
class Case:
    """A picture and what is made of it. Sides that cannot do it are left out."""

    title: str
    source: str
    outputs: Sequence[Output]


THREE = (
    Output("large", (1_024, 1_024)),
    Output("medium", (640, 480)),
    Output("small", (100, 100)),
)
PHOTOGRAPH = "12 MP JPEG"
CASES = (
    Case("three: 1024, 640, 100", PHOTOGRAPH, THREE),
    Case("the same", "12 MP progressive JPEG", THREE),
    Case("full size, quality 50", PHOTOGRAPH, (Output("full", None, quality=50),)),
    Case("1024 as PNG", PHOTOGRAPH, (Output("png", (1_024, 1_024), "png"),)),
    Case("1024 as WebP", PHOTOGRAPH, (Output("webp", (1_024, 1_024), "webp", 79),)),
    Case("1024 as AVIF", PHOTOGRAPH, (Output("avif", (1_024, 1_024), "avif", 63),)),
    Case("three: 1024, 640, 100", "12 MP PNG", THREE),
    Case("three: 1024, 640, 100", "12 MP WebP", THREE),
    Case("three: 1024, 640, 100", "12 MP AVIF", THREE),
    Case("three: 1024, 640, 100", "12 MP HEIC", THREE),
)


def pictures(photograph: Path, folder: Path) -> Mapping[str, Path]:
    """Write the pictures that go in, made of one photograph, and return where each is."""
    with Image.open(photograph) as opened:
        picture = opened.convert("RGB").resize(_SIDES, Image.Resampling.LANCZOS)
    pillow_heif.register_heif_opener()
    how: Mapping[str, tuple[str, Mapping[str, object]]] = {
        PHOTOGRAPH: ("JPEG", {"quality": _QUALITY}),
        "12 MP progressive JPEG": ("JPEG", {"quality": _QUALITY, "progressive": True}),
        "12 MP PNG": ("PNG", {}),
        "12 MP WebP": ("WEBP", {"quality": _QUALITY}),
        "12 MP AVIF": ("AVIF", {"quality": 80, "speed": 8}),
        "12 MP HEIC": ("HEIF", {"quality": 80}),
    }
    made: dict[str, Path] = {}
    for name, (file_format, options) in how.items():
        file = io.BytesIO()
        picture.save(file, file_format, **options)
        made[name] = folder / name.replace(" ", "-").lower()
        made[name].write_bytes(file.getvalue())
    return made
