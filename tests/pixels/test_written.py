"""Text watermarks: written as Pillow writes, in any font that is here, and never as markup."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from calotype_core.domain.operations import Watermark
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.errors import FontMissingError
from calotype_processor.fonts import SHIPPED
from tests.pixels.marking import apart, marked
from tests.pixels.studio import difference


def letters(text: str, pixels: int, font: str = "sans.ttf") -> Image.Image:
    """Return the text as Pillow writes it, white on black, no more than the letters."""
    drawn = Image.new("L", (1000, 300))
    font_ = ImageFont.truetype(SHIPPED / font, pixels, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(drawn).text((50, 50), text, fill=255, font=font_)
    return drawn.crop(drawn.getbbox())


@pytest.mark.parametrize("font", ["sans", "sans-bold"])
def test_a_text_is_written(font: str, tmp_path: Path) -> None:
    """A text is in its font, size and place as Pillow writes it."""
    black = Image.new("RGB", (400, 200))
    step = Watermark(text="Ada & <b>Co</b>", font=font, size=30.0, colour="#ffffffff")
    made = marked(black, step, folder=tmp_path).convert("L")
    box = made.getbbox()
    assert box is not None
    expected = letters("Ada & <b>Co</b>", 30, f"{font}.ttf")
    width, height = box[2] - box[0], box[3] - box[1]
    assert abs(width - expected.width) <= 6  # the two round advances and hint differently
    assert abs(height - expected.height) <= 2
    assert abs((box[0] + box[2]) / 2 - 200) <= 2
    assert abs((box[1] + box[3]) / 2 - 100) <= 2
    assert difference(made.crop(box), expected.resize((width, height))) < 25


def test_markup_is_text(tmp_path: Path) -> None:
    """What would be markup, sound or broken, is written as it stands."""
    black = Image.new("RGB", (600, 200))
    wide: list[int] = []
    for text in ("<big>x</big>", "<span", "&", "&amp;", "x"):
        made = marked(black, Watermark(text=text, size=20.0), folder=tmp_path)
        box = made.getbbox()
        assert box is not None
        wide.append(box[2] - box[0])
    assert wide[0] > 2 * wide[1]
    assert wide[3] > 2 * wide[2] > 0
    assert wide[0] > 10 * wide[4]


def test_a_texts_size(tmp_path: Path) -> None:
    """It is pixels, a part of the shorter side, or follows from the picture's width or its own."""
    heights = {
        step: _box(step, tmp_path)
        for step in (
            Watermark(text="M", size=100.0),
            Watermark(text="M", size=0.5),
            Watermark(text="M"),
            Watermark(text="M" * 40, size=100.0),
            Watermark(text="MM", scale=0.5),
            Watermark(text="M", size=2_000.0, rotate=90.0),
        )
    }
    pixels, part, usual, fitted, scaled, huge = heights.values()
    assert pixels == part
    assert usual[1] == pytest.approx(pixels[1] / 10, abs=1)
    assert fitted[0] == pytest.approx(400, abs=8)
    assert scaled[0] == pytest.approx(200, abs=4)
    assert huge[0] == pytest.approx(200 * pixels[1] / pixels[0], rel=0.1)


def _box(step: Watermark, folder: Path) -> tuple[int, int]:
    box = marked(Image.new("RGB", (400, 200)), step, folder=folder).getbbox()
    assert box is not None
    return box[2] - box[0], box[3] - box[1]


def test_a_texts_colour(tmp_path: Path) -> None:
    """It has its colour, and its colour's transparency as well as its own."""
    white = Image.new("RGB", (200, 200), "white")
    step = Watermark(text="█", size=100.0, colour="#ff000080", opacity=0.5)
    made = marked(white, step, folder=tmp_path)
    assert made.getpixel((100, 100)) == (255, 191, 191)


CODINGS = ("utf-16-be", "ascii")  # of the names in a font


def test_a_font_of_the_operators(tmp_path: Path) -> None:
    """A font in the operator's folder is called as its file is; one that is not there is told."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    # The bold letters under a family's name that nothing else here has.
    bold = (SHIPPED / "sans-bold.ttf").read_bytes()
    for old, new in (("DejaVu".encode(coding), "XejaVu".encode(coding)) for coding in CODINGS):
        bold = bold.replace(old, new)
    (folder / "Brand.TTF").write_bytes(bold)
    limits = EngineLimits(fonts_dir=str(folder))
    black = Image.new("RGB", (400, 200))
    made = [
        marked(black, Watermark(text="Ada", font=font, size=50.0), limits=limits, folder=tmp_path)
        for font in ("brand", "sans-bold", "sans")
    ]
    assert apart(made[0], made[1]) == 0
    assert apart(made[0], made[2]) > 100
    with pytest.raises(FontMissingError, match="there are: brand, sans, sans-bold"):
        marked(black, Watermark(text="Ada", font="serif"), limits=limits, folder=tmp_path)
