"""The golden pictures: what was asked for, and how far from its recording a result may be.

A new operation is a line in CASES and `python -m tests.pixels.record`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat

from calotype_core.domain.instructions import MAIN, Recipe
from calotype_core.domain.instructions_parser import parse_instructions
from tests.pixels.studio import decoded, prints

FOLDER = Path(__file__).parent / "golden"
# of 255, of all pixels and of the worst: another build of libvips rounds otherwise, no more
MEAN = 0.5
WORST = 16
LOSSY = 3.0  # of all pixels: another version of an encoder spends its bits elsewhere


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A source in golden/sources, a recipe, and the tolerance: worst is None where any may be."""

    source: str
    recipe: Recipe
    mean: float
    worst: int | None

    def made(self) -> Image.Image:
        """Return what the product makes of it."""
        data = (FOLDER / "sources" / f"{self.source}.png").read_bytes()
        _, made = prints(data, {"it": self.recipe})
        image = decoded(made["it"])
        assert "icc_profile" not in image.info  # sRGB, that is: numbers can be compared
        return image if image.mode in {"L", "LA", "RGB", "RGBA"} else image.convert("RGBA")

    def differs(self, image: Image.Image, recorded: Image.Image) -> str | None:
        """Tell how an image is not as recorded; None where it is, within the tolerance."""
        kinds = (image.size, image.mode), (recorded.size, recorded.mode)
        if kinds[0] != kinds[1]:
            return f"{kinds[0]} instead of {kinds[1]}"
        mean, worst = apart(image, recorded)
        if mean <= self.mean and (self.worst is None or worst <= self.worst):
            return None
        return f"apart by {mean:.2f} of 255, by {worst} at the worst"


def asked(
    instructions: Mapping[str, Any],
    *,
    of: str = "scene",
    mean: float = MEAN,
    worst: int | None = WORST,
) -> Case:
    """Return a case, written losslessly unless its format is asked for."""
    text = json.dumps({"format": "png", **instructions})
    return Case(
        source=of, recipe=parse_instructions(text, {}).renditions[MAIN], mean=mean, worst=worst
    )


CASES: Mapping[str, Case] = {
    "trim": asked({"steps": [{"pad": {"left": 9, "background": "red"}}, {"trim": 20}]}),
    "crop": asked({"crop": {"width": 40, "height": 50, "x": 8, "y": 10}}),
    "crop-gravity": asked({"crop": {"width": 40, "height": 50, "gravity": "northeast"}}),
    "crop-smart": asked({"crop": {"width": 30, "height": 30, "gravity": "smart"}}),
    "crop-parts": asked({"crop": {"width": 0.5, "height": 0.5, "gravity": "southwest"}}),
    "crop-aspect": asked({"crop": {"aspect": "16:9"}}),
    "resize": asked({"resize": {"width": 60}}),
    "resize-cover": asked({"resize": {"width": 50, "height": 50, "fit": "cover"}}),
    "resize-contain": asked(
        {"resize": {"width": 50, "height": 50, "fit": "contain", "background": "blur"}}
    ),
    "resize-outside": asked({"resize": {"width": 50, "height": 50, "fit": "outside"}}),
    "resize-fill": asked({"resize": {"width": 40, "height": 70, "fit": "fill"}}),
    "resize-enlarge": asked({"resize": {"width": 144, "enlarge": True}}),
    "rotate": asked({"rotate": 90}),
    "rotate-any": asked({"rotate": {"degrees": 20, "background": "gold"}}),
    "rotate-any-cutout": asked({"rotate": 20}, of="cutout"),
    "flip": asked({"flip": "horizontal"}),
    "brightness": asked({"brightness": 25}),
    "brightness-less": asked({"brightness": -25}),
    "contrast": asked({"contrast": 30}),
    "contrast-less": asked({"contrast": -40}),
    "saturation": asked({"saturation": 80}),
    "saturation-less": asked({"saturation": -60}),
    "hue": asked({"hue": 120}),
    "rgb": asked({"rgb": {"red": 20, "green": -10, "blue": 5}}),
    "rgb-grey": asked({"rgb": {"red": 20, "blue": -20}}, of="grey"),
    "equalize": asked({"equalize": True}),
    "equalize-cutout": asked({"equalize": True}, of="cutout"),
    "grayscale": asked({"grayscale": True}),
    "grayscale-cutout": asked({"grayscale": True}, of="cutout"),
    "blur": asked({"blur": 2}),
    "blur-wide": asked({"blur": 20}),
    "blur-cutout": asked({"blur": 3}, of="cutout"),
    "sharpen": asked({"sharpen": 1}),
    "sharpen-more": asked({"sharpen": {"sigma": 2, "amount": 2.5}}),
    "sharpen-cutout": asked({"sharpen": 2}, of="cutout"),
    "pixelate": asked({"pixelate": 7}),
    "pixelate-cutout": asked({"pixelate": 10}, of="cutout"),
    "extend": asked({"extend": {"width": 110, "height": 80, "gravity": "east"}}),
    "extend-auto": asked({"extend": {"aspect": "1:1", "background": "auto"}}),
    "pad": asked({"pad": {"top": 4, "left": 8, "background": "#336699"}}),
    "background": asked({"background": "gold"}, of="cutout"),
    # Another build of the font's renderer smooths its letters a little otherwise.
    "watermark": asked(
        {"watermark": {"text": "Ada", "size": 0.4, "colour": "#fff8", "gravity": "south"}},
        mean=1,
        worst=None,
    ),
    "watermark-tiled": asked(
        {"watermark": {"text": "©", "size": 0.2, "tiled": True, "rotate": 30}}, mean=1, worst=None
    ),
    "roundCorners": asked({"roundCorners": 20}),
    "roundCorners-blur": asked({"roundCorners": {"radius": 0.5, "background": "blur"}}),
    "format-auto": asked({"format": "auto"}),
    "format-png": asked({"format": "png"}, of="cutout"),
    "format-tiff": asked({"format": "tiff"}, of="cutout"),
    "format-jpeg": asked({"format": "jpeg"}, mean=LOSSY, worst=None),
    "format-jpeg-cutout": asked({"format": "jpeg"}, of="cutout", mean=LOSSY, worst=None),
    "format-webp": asked({"format": "webp"}, of="cutout", mean=LOSSY, worst=None),
    "format-avif": asked({"format": "avif"}, of="cutout", mean=LOSSY, worst=None),
    "format-gif": asked({"format": "gif"}, of="cutout", mean=LOSSY, worst=None),
}


def golden(name: str) -> Image.Image:
    """Return a recording."""
    return decoded((FOLDER / f"{name}.png").read_bytes())


def apart(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """Return how far two pictures are apart, of all pixels and of the worst, before black or white.

    What nobody sees does not count; how far it can be seen through does.
    """
    found = [
        ImageStat.Stat(ImageChops.difference(_before(one, wall), _before(other, wall)))
        for wall in ("black", "white")
    ]
    return (
        max(sum(one.mean) / 3 for one in found),
        max(int(high) for one in found for _, high in one.extrema),
    )


def _before(image: Image.Image, wall: str) -> Image.Image:
    behind = Image.new("RGBA", image.size, wall)
    return Image.alpha_composite(behind, image.convert("RGBA")).convert("RGB")
