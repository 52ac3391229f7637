"""What the child leaves for whoever labels a picture."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageOps

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Resize
from calotype_core.ports.labeller import CHANNELS, is_previews_size
from calotype_processor import pipeline
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask, preview_path
from calotype_processor.facts import NOTHING, Fact
from calotype_processor.steps.orient import LAST
from tests.photographs import picture
from tests.pixels.studio import decoded, difference, encoded

SMALL = {"small": Recipe(steps=(Resize(width=100, height=100),))}
WHOLE = {"whole": Recipe(output=Output(format="png"))}
BOTH = {**WHOLE, **SMALL}


def previewed(
    data: bytes,
    folder: Path,
    recipes: Mapping[str, Recipe] = SMALL,
    facts: frozenset[Fact] = frozenset({Fact.LABELS}),
) -> Image.Image | None:
    """Return the preview that is left beside the prints, once it is proved to be one."""
    (folder / "in").write_bytes(data)
    task = RenderTask(source=folder / "in", outputs=folder, recipes=recipes, facts=facts)
    answer = pipeline.render(task, EngineLimits())
    assert [one.name for one in answer.prints] == list(recipes)
    if answer.preview is None:
        assert not preview_path(folder).exists()
        return None
    size = answer.preview.width, answer.preview.height
    assert is_previews_size(*size)
    pixels = preview_path(folder).read_bytes()
    assert len(pixels) == size[0] * size[1] * CHANNELS
    return Image.frombytes("RGB", size, pixels)


def test_none_without_labels(tmp_path: Path) -> None:
    """Where no labels are asked for, nothing is left for them."""
    data = encoded(picture(400, 300), "JPEG")
    assert previewed(data, tmp_path, facts=NOTHING) is None
    assert previewed(data, tmp_path, facts=frozenset(Fact) - {Fact.LABELS}) is None


@pytest.mark.parametrize(
    "recipes", [SMALL, WHOLE, BOTH, {}], ids=["small", "whole", "both", "none"]
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_it_is_the_picture(tmp_path: Path, file_format: str, recipes: Mapping[str, Recipe]) -> None:
    """Whatever prints are made besides, it is the whole picture, its shorter side 256."""
    original = picture(1000, 750)
    seen = previewed(encoded(original, file_format, quality=95), tmp_path, recipes)
    assert seen is not None
    assert seen.size == (341, 256)
    assert difference(seen, original.resize(seen.size, Image.Resampling.LANCZOS)) < 3


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((500, 500), (256, 256)),
        ((600, 800), (256, 341)),
        ((2000, 260), (640, 256)),
        ((260, 2000), (256, 640)),
        ((640, 256), (640, 256)),
        ((100, 80), (320, 256)),
        ((255, 256), (256, 257)),
        ((1, 1), (256, 256)),
        ((3000, 1), (512, 256)),
        ((1, 3000), (256, 512)),
    ],
)
def test_every_shape(tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    """What is small is enlarged, and of what is long and thin the middle is taken."""
    for recipes in (SMALL, WHOLE):
        seen = previewed(encoded(picture(*size)), tmp_path, recipes)
        assert seen is not None
        assert seen.size == expected


def test_the_middle_of_a_panorama(tmp_path: Path) -> None:
    """What does not fit is cut off at both ends alike."""
    panorama = Image.new("RGB", (2400, 300), "red")
    panorama.paste("lime", (1200 - 375, 0, 1200 + 375, 300))
    seen = previewed(encoded(panorama), tmp_path)
    assert seen is not None
    assert seen.size == (640, 256)
    assert difference(seen, Image.new("RGB", seen.size, "lime")) < 2


@pytest.mark.parametrize("orientation", range(1, LAST + 1))
def test_it_is_upright(tmp_path: Path, orientation: int) -> None:
    """It is turned as a person would see the photograph."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(picture(400, 300), "JPEG", quality=95, exif=exif)
    shown = ImageOps.exif_transpose(decoded(data))
    seen = previewed(data, tmp_path)
    assert seen is not None
    assert difference(seen, shown.resize(seen.size, Image.Resampling.LANCZOS)) < 3


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_every_kind_of_colour(tmp_path: Path, mode: str) -> None:
    """Grey, palettes, transparency, CMYK, 16 bits: all become three plain bytes a pixel."""
    shown = picture(400, 300)
    if mode == "I;16":
        grey = shown.convert("L")
        stored = Image.frombytes(
            "I;16", grey.size, bytes(one for v in grey.tobytes() for one in (v, v))
        )
        shown = grey.convert("RGB")
    else:
        stored = shown.convert(mode)
        shown = stored.convert("RGB")
    for recipes in (SMALL, WHOLE):
        seen = previewed(encoded(stored, "TIFF" if mode == "CMYK" else "PNG"), tmp_path, recipes)
        assert seen is not None
        apart = difference(seen, shown.resize(seen.size, Image.Resampling.LANCZOS))
        assert apart < (25 if mode == "CMYK" else 12)  # inks are another opinion of colours


def test_its_colours_are_srgb(tmp_path: Path) -> None:
    """Where the only print keeps the colours of its profile, the preview has those of the web."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = picture(400, 300)
    data = encoded(original, "JPEG", quality=95, icc_profile=profile)
    kept = {"kept": Recipe(output=Output(format="jpeg", colour_profile="keep"))}
    seen = previewed(data, tmp_path, kept)
    assert seen is not None
    assert difference(seen, original.resize(seen.size, Image.Resampling.LANCZOS)) < 3


def test_what_shines_through_is_seen_on_white(tmp_path: Path) -> None:
    """What is transparent is what a page would show."""
    seen = previewed(encoded(Image.new("RGBA", (300, 300), (255, 0, 0, 0))), tmp_path)
    assert seen is not None
    assert difference(seen, Image.new("RGB", seen.size, "white")) == 0


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    """Of what moves, its first frame is seen, also where every print moves."""
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue", "lime")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    seen = previewed(data, tmp_path, {"moving": Recipe(output=Output(format="gif"))})
    assert seen is not None
    assert difference(seen, frames[0].resize(seen.size)) < 2


@pytest.mark.parametrize("recipes", [SMALL, WHOLE, BOTH], ids=["small", "whole", "both"])
def test_a_drawing_has_one_beside_its_prints(tmp_path: Path, recipes: Mapping[str, Recipe]) -> None:
    """A drawing's prints are drawn as large as they were, and the preview as large as it is."""
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600">'
        b'<rect width="800" height="600" fill="red"/><circle cx="400" cy="300" r="99"/></svg>'
    )
    limits = EngineLimits(svg=True)
    (tmp_path / "in").write_bytes(drawing)
    plain, answer = (
        pipeline.render(
            RenderTask(source=tmp_path / "in", outputs=tmp_path, recipes=recipes, facts=facts),
            limits,
        )
        for facts in (NOTHING, frozenset(Fact))
    )
    assert answer.prints == plain.prints
    assert answer.preview is not None
    size = answer.preview.width, answer.preview.height
    seen = Image.frombytes("RGB", size, preview_path(tmp_path).read_bytes())
    assert size == (341, 256)
    assert seen.getpixel((20, 20)) == (255, 0, 0)
    assert seen.getpixel((170, 128)) == (0, 0, 0)
