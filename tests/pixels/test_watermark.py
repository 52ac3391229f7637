"""Watermarks against Pillow: pasted, scaled, turned, tiled and written."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from calotype_core.domain.operations import (
    POSITIONS,
    Crop,
    Operation,
    Output,
    Resize,
    Rotate,
    Watermark,
)
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.errors import (
    OutputTooLargeError,
    WatermarkMissingError,
    WatermarkUnusableError,
)
from tests.photographs import picture
from tests.pixels.marking import PICTURE, apart, marked, pasted
from tests.pixels.studio import difference, encoded

LOGO = Image.new("RGBA", (60, 30), (200, 30, 40, 160))
LOGO.paste((0, 0, 255, 255), (0, 0, 20, 10))
LOGO.paste((0, 0, 0, 0), (40, 20, 60, 30))
NAME = "logo.png@0123456789abcdef"


@pytest.fixture
def overlays(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "overlay-0"
    path.write_bytes(encoded(LOGO))
    return {NAME: path}


PLACES = {
    "centre": (130, 105), "north": (130, 0), "northeast": (260, 0), "east": (260, 105),
    "southeast": (260, 210), "south": (130, 210), "southwest": (0, 210), "west": (0, 105),
    "northwest": (0, 0),
}  # fmt: skip


@pytest.mark.parametrize("gravity", POSITIONS)
def test_it_lies_where_gravity_says(
    gravity: str, overlays: Mapping[str, Path], tmp_path: Path
) -> None:
    """A logo lies at each of nine places as Pillow composes it, and nothing else is touched."""
    step = Watermark(image=NAME, gravity=gravity)  # type: ignore[arg-type]  # one of them
    made = marked(PICTURE, step, overlays=overlays, folder=tmp_path)
    assert made.mode == "RGB"
    assert apart(made, pasted(LOGO, PLACES[gravity])) <= 1


OFFSETS = [
    (Watermark(image=NAME, gravity="southeast", offset_x=10.0, offset_y=20.0), (250, 190)),
    (Watermark(image=NAME, gravity="northwest", offset_x=0.1, offset_y=0.5), (32, 120)),
    (Watermark(image=NAME, gravity="northwest", offset_x=-10.0, offset_y=-0.05), (-10, -12)),
    (Watermark(image=NAME, gravity="east", offset_x=-20.0, offset_y=-5.0), (280, 100)),
    (Watermark(image=NAME, offset_x=7.0, offset_y=-7.0), (137, 98)),
]


@pytest.mark.parametrize(("step", "place"), OFFSETS, ids=repr)
def test_offsets_lead_inwards(
    step: Watermark, place: tuple[int, int], overlays: Mapping[str, Path], tmp_path: Path
) -> None:
    """Offsets are pixels or parts, lead inwards from the edges, and outwards below nothing."""
    made = marked(PICTURE, step, overlays=overlays, folder=tmp_path)
    assert apart(made, pasted(LOGO, place)) <= 1


def test_out_of_sight(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """What offsets lead out of the picture is not seen."""
    for offset in (320.0, -61.0):
        step = Watermark(image=NAME, gravity="west", offset_x=offset)
        assert apart(marked(PICTURE, step, overlays=overlays, folder=tmp_path), PICTURE) == 0


def test_opacity(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """Opacity thins the whole of the logo."""
    made = marked(PICTURE, Watermark(image=NAME, opacity=0.5), overlays=overlays, folder=tmp_path)
    thin = LOGO.copy()
    thin.putalpha(LOGO.getchannel("A").point(lambda shown: round(shown * 0.5)))
    assert apart(made, pasted(thin, PLACES["centre"])) <= 1


def test_transparency_stays_where_it_is(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """An image with transparency keeps it where nothing is laid over it."""
    glass = PICTURE.copy()
    glass.putalpha(Image.linear_gradient("L").resize(glass.size))
    made = marked(glass, Watermark(image=NAME), overlays=overlays, folder=tmp_path)
    assert made.mode == "RGBA"
    assert (
        apart(made.getchannel("A"), pasted(LOGO, PLACES["centre"], on=glass).getchannel("A")) <= 1
    )
    assert difference(made, pasted(LOGO, PLACES["centre"], on=glass)) < 0.5


def test_a_grey_image_takes_colours(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """A coloured logo on a grey picture is in colour."""
    grey = PICTURE.convert("L")
    made = marked(grey, Watermark(image=NAME), overlays=overlays, folder=tmp_path)
    assert apart(made, pasted(LOGO, PLACES["centre"], on=grey)) <= 1


SCALES = [
    (Watermark(image=NAME, scale=0.5), (160, 80)),
    (Watermark(image=NAME, scale_height=0.5), (240, 120)),
    (Watermark(image=NAME, scale=0.5, scale_height=0.25), (120, 60)),
    (Watermark(image=NAME, scale=1.0), (320, 160)),
]


@pytest.mark.parametrize(("step", "size"), SCALES, ids=repr)
def test_scale_is_a_part_of_the_picture(
    step: Watermark, size: tuple[int, int], overlays: Mapping[str, Path], tmp_path: Path
) -> None:
    """The logo is that part of the picture wide or high, of two the smaller."""
    black = Image.new("RGB", (320, 240))
    made = marked(black, step, overlays=overlays, folder=tmp_path)
    box = made.getbbox()
    assert box is not None
    left, top = (320 - size[0]) // 2, (240 - size[1]) // 2
    assert box == (left, top, left + size[0], top + size[1])
    expected = pasted(LOGO.resize(size, Image.Resampling.LANCZOS), (left, top), on=black)
    assert difference(made, expected) < 2


def test_it_is_never_larger_than_the_picture(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """On a thumbnail a logo shrinks to fit, unless a scale above 1 asks for more."""
    small = Image.new("RGB", (30, 60))
    fitted = marked(small, Watermark(image=NAME), overlays=overlays, folder=tmp_path)
    assert fitted.getbbox() == (0, 22, 30, 37)
    scaled = Watermark(image=NAME, scale=2.0, gravity="northwest")
    overhanging = marked(small, scaled, overlays=overlays, folder=tmp_path)
    assert apart(overhanging, pasted(LOGO, (0, 0), on=small)) <= 1


def test_tiles_with_gaps(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """Tiled, it is repeated from where gravity puts it, offsets being the gaps."""
    step = Watermark(image=NAME, tiled=True, gravity="northwest", offset_x=10.0, offset_y=20.0)
    made = marked(PICTURE, step, overlays=overlays, folder=tmp_path)
    every = [(left, top) for left in range(0, 320, 70) for top in range(0, 240, 50)]
    assert apart(made, pasted(LOGO, *every)) <= 1
    middle = Watermark(image=NAME, tiled=True)
    made = marked(PICTURE, middle, overlays=overlays, folder=tmp_path)
    every = [(left, top) for left in range(-50, 320, 60) for top in range(-15, 240, 30)]
    assert apart(made, pasted(LOGO, *every)) <= 1


def test_a_speck_can_be_tiled(tmp_path: Path) -> None:
    """A tile of one pixel covers a picture as well as a large one does."""
    path = tmp_path / "speck"
    path.write_bytes(encoded(Image.new("RGBA", (1, 1), (255, 0, 0, 255))))
    step = Watermark(image=NAME, tiled=True, offset_x=1.0)
    made = marked(PICTURE, step, overlays={NAME: path}, folder=tmp_path)
    assert [made.getpixel((x, 7)) == (255, 0, 0) for x in (158, 159, 160, 161)].count(True) == 2


@pytest.mark.parametrize("degrees", [90.0, 180.0, 270.0])
def test_quarter_turns_are_exact(
    degrees: float, overlays: Mapping[str, Path], tmp_path: Path
) -> None:
    """A quarter turn clockwise moves pixels and changes none."""
    step = Watermark(image=NAME, rotate=degrees, gravity="northwest")
    made = marked(PICTURE, step, overlays=overlays, folder=tmp_path)
    assert apart(made, pasted(LOGO.rotate(-degrees, expand=True), (0, 0))) <= 1


def test_any_angle(tmp_path: Path) -> None:
    """Turned by any angle it looks as Pillow turns it, its edges not darkened."""
    white = Image.new("RGB", (200, 200), "white")
    path = tmp_path / "white"
    path.write_bytes(encoded(Image.new("RGBA", (100, 50), (255, 255, 255, 255))))
    made = marked(white, Watermark(image=NAME, rotate=30.0), overlays={NAME: path}, folder=tmp_path)
    assert min(low for low, _ in made.getextrema()) >= 254  # type: ignore[misc]  # of three bands
    plain = Image.new("RGBA", (100, 50), (255, 0, 0, 255))
    path.write_bytes(encoded(plain))
    made = marked(white, Watermark(image=NAME, rotate=30.0), overlays={NAME: path}, folder=tmp_path)
    turned = plain.rotate(-30, Image.Resampling.BILINEAR, expand=True)
    at = ((200 - turned.width) // 2, (200 - turned.height) // 2)
    assert difference(made, pasted(turned, at, on=white)) < 2


def test_an_overlay_is_upright(tmp_path: Path) -> None:
    """A logo that lies on its side in its file is laid as a person sees it."""
    path = tmp_path / "logo"
    lying = LOGO.convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    path.write_bytes(encoded(lying, exif=exif))
    made = marked(
        PICTURE, Watermark(image=NAME, gravity="northwest"), overlays={NAME: path}, folder=tmp_path
    )
    assert apart(made, pasted(lying.rotate(-90, expand=True), (0, 0))) <= 1


def test_in_the_order_of_the_steps(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """What comes before it happens to the picture alone, what comes after to both."""
    step = Watermark(image=NAME, gravity="northwest")
    steps = (Resize(width=160), step, Rotate(degrees=90))
    made = marked(PICTURE, *steps, overlays=overlays, folder=tmp_path)
    small = marked(PICTURE, Resize(width=160), folder=tmp_path)
    expected = pasted(LOGO, (0, 0), on=small).transpose(Image.Transpose.ROTATE_270)
    assert apart(made, expected) <= 1


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF", "GIF"])
@pytest.mark.parametrize("first", [(), (Crop(width=900, height=1600),)], ids=["full", "cropped"])
def test_decoded_in_one_pass(
    file_format: str, first: tuple[Operation, ...], overlays: Mapping[str, Path], tmp_path: Path
) -> None:
    """What is decoded from the top, once, takes watermarks anywhere, and all over it."""
    large = picture(1000, 1700)
    steps = (
        *first,
        Watermark(image=NAME, gravity="north", scale=0.9, offset_y=0.1),
        Watermark(image=NAME, gravity="southwest", scale=0.4),
        Watermark(image=NAME, tiled=True, opacity=0.2, rotate=45.0),
        Watermark(text="© Ada 2026", gravity="centre"),
    )
    made = marked(
        encoded(large, file_format),
        *steps,
        overlays=overlays,
        output=Output(format="jpeg"),
        folder=tmp_path,
    )
    assert made.size == ((900, 1600) if first else large.size)


def test_gaps_past_the_picture(overlays: Mapping[str, Path], tmp_path: Path) -> None:
    """Tiles with gaps that are larger than the picture are one, at no cost."""
    far = Watermark(image=NAME, tiled=True, gravity="north", offset_x=65_500.0, offset_y=65_500.0)
    made = marked(PICTURE, far, overlays=overlays, folder=tmp_path)
    assert apart(made, pasted(LOGO, PLACES["north"])) <= 1


@pytest.mark.parametrize("step", [Watermark(image=NAME), Watermark(text="Ada")])
def test_a_giant_is_refused_unmade(
    step: Watermark, overlays: Mapping[str, Path], tmp_path: Path
) -> None:
    """A watermark that is larger than its picture has the limits of one."""
    limits = EngineLimits(max_pixels=80_000)
    giant = replace(step, scale=2.0, size=None)
    with pytest.raises(OutputTooLargeError, match="A watermark would be 6"):
        marked(PICTURE, giant, overlays=overlays, limits=limits, folder=tmp_path)


UNUSABLE = {
    "no image": (b"hello", "The file is no image"),
    "nothing": (b"", "The file is empty"),
    "half of one": (encoded(PICTURE)[:2000], "The file ends before the image does|damaged"),
    "a bomb": (encoded(Image.new("1", (11_000, 10_000))), "110000000 pixels"),
    "a poster": (encoded(Image.new("1", (6_000, 6_000))), "at most 32000000 pixels together"),
}


@pytest.mark.parametrize(("data", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_watermark_that_is_none(data: bytes, why: str, tmp_path: Path) -> None:
    """What cannot be the watermark is told as the watermark's fault, not the image's."""
    path = tmp_path / "bad"
    path.write_bytes(data)
    with pytest.raises(WatermarkUnusableError, match=f"watermark {NAME} cannot be used.*({why})"):
        marked(PICTURE, Watermark(image=NAME), overlays={NAME: path}, folder=tmp_path)


def test_a_watermark_that_was_not_handed_in(tmp_path: Path) -> None:
    """A child that has no file for a watermark makes nothing."""
    with pytest.raises(WatermarkMissingError, match=NAME):
        marked(PICTURE, Watermark(image=NAME), folder=tmp_path)
