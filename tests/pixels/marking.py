"""Pictures with watermarks on them, and how far they are from what they should be."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageChops

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Operation, Output
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask, print_path
from calotype_processor.pipeline import render
from tests.photographs import picture
from tests.pixels.studio import LOSSLESS, decoded, encoded

PICTURE = picture(320, 240)


def marked(
    image: Image.Image | bytes,
    *steps: Operation,
    overlays: Mapping[str, Path] | None = None,
    output: Output = LOSSLESS,
    limits: EngineLimits | None = None,
    folder: Path,
) -> Image.Image:
    source = folder / "in"
    source.write_bytes(image if isinstance(image, bytes) else encoded(image))
    task = RenderTask(
        source=source,
        outputs=folder,
        recipes={"it": Recipe(steps=steps, output=output)},
        overlays=overlays or {},
    )
    [made] = render(task, limits or EngineLimits()).prints
    return decoded(print_path(folder, made.name, made.format).read_bytes())


def pasted(over: Image.Image, *at: tuple[int, int], on: Image.Image = PICTURE) -> Image.Image:
    below = on.convert("RGBA")
    for left, top in at:
        layer = Image.new("RGBA", below.size)
        layer.paste(over, (left, top))
        below = Image.alpha_composite(below, layer)
    return below


def apart(one: Image.Image, other: Image.Image) -> int:
    """Return the largest difference of any pixel's colour or transparency."""
    both = (one.convert("RGBA"), other.convert("RGBA"))
    return max(high for _, high in ImageChops.difference(*both).getextrema())  # type: ignore[misc]  # of four bands
