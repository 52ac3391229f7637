"""The pipeline run in this process, and how alike two pictures are."""

import io
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops, ImageStat

from calotype_core.domain.image import FocalPoint, ImageMetadata
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Operation, Output
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask, print_path
from calotype_processor.facts import NOTHING, Fact
from calotype_processor.pipeline import render

LOSSLESS = Output(format="png")


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    """Return an image's file."""
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Return what a file shows."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def prints(
    data: bytes,
    recipes: Mapping[str, Recipe],
    limits: EngineLimits | None = None,
    *,
    facts: frozenset[Fact] = NOTHING,
    focus: FocalPoint | None = None,
) -> tuple[ImageMetadata, dict[str, bytes]]:
    """Return what the pipeline says of a file and the files it makes of it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_bytes(data)
        task = RenderTask(
            source=folder / "in", outputs=folder, recipes=recipes, focal_point=focus, facts=facts
        )
        answer = render(task, limits or EngineLimits())
        assert answer.metadata
        made = {
            one.name: print_path(folder, one.name, one.format).read_bytes() for one in answer.prints
        }
        for one in answer.prints:
            assert decoded(made[one.name]).size == (one.width, one.height)
        return answer.metadata, made


def rendered(
    data: bytes, *steps: Operation, output: Output = LOSSLESS, focus: FocalPoint | None = None
) -> Image.Image:
    """Return what becomes of a file, opened by the second opinion."""
    _, made = prints(data, {"it": Recipe(steps=steps, output=output)}, focus=focus)
    return decoded(made["it"])


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two images' colours, 0 to 255."""
    assert one.size == other.size
    apart = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB")))
    return sum(apart.mean) / 3
