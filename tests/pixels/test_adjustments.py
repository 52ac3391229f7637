"""Adjustments against Pillow, which shares no code with libvips, and what holds for all of them."""

import math
from collections.abc import Callable

import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from calotype_core.domain.operations import (
    Blur,
    Brightness,
    Contrast,
    Equalize,
    Grayscale,
    Hue,
    Operation,
    Pixelate,
    Rgb,
    Saturation,
    Sharpen,
)
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.steps.bands import colours_of
from calotype_processor.steps.gaussian import gaussian
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Moved
from tests import strategies
from tests.photographs import photograph, picture
from tests.pixels.cases import apart
from tests.pixels.studio import encoded, rendered

PICTURE = picture(160, 120)
DATA = encoded(PICTURE)
SCENE = Scene(limits=EngineLimits())
GREYS = (0.2126, 0.7152, 0.0722)
# The turn by 90 degrees as the W3C's Filter Effects spell it out, cos being 0 and sin 1.
QUARTER = (
    0.213 - 0.213, 0.715 - 0.715, 0.072 + 0.928, 0,
    0.213 + 0.143, 0.715 + 0.140, 0.072 - 0.283, 0,
    0.213 - 0.787, 0.715 + 0.715, 0.072 + 0.072, 0,
)  # fmt: skip


def added(*amounts: int) -> Image.Image:
    """Return the picture with so much more of each colour; less where it is below 0."""
    more, less = (
        Image.new("RGB", PICTURE.size, tuple(max(0, sign * one) for one in amounts))
        for sign in (1, -1)
    )
    return ImageChops.subtract(ImageChops.add(PICTURE, more), less)


def contrasted(slope: float) -> Image.Image:
    """Return what ImageEnhance.Contrast makes of a picture whose mean is the middle grey."""
    return Image.blend(Image.new("RGB", PICTURE.size, (127, 127, 127)), PICTURE, slope)


def squares(side: int) -> Image.Image:
    return PICTURE.reduce(side).resize(PICTURE.size, Image.Resampling.NEAREST)


# Each with how far the two may be apart, of all pixels and of the worst, of 255: rounding twice, or
# cutting off, is one or two; Pillow's blur is a sum of boxes, and its saturation has other weights.
OPINIONS: list[tuple[Operation, Image.Image, float, int]] = [
    (Brightness(amount=20), added(51, 51, 51), 0.1, 1),
    (Brightness(amount=-40), added(-102, -102, -102), 0.1, 1),
    (Contrast(amount=20), contrasted(1.44), 1, 2),
    (Contrast(amount=-50), contrasted(0.25), 1, 2),
    (Saturation(amount=50), ImageEnhance.Color(PICTURE).enhance(1.5), 4, 24),
    (Saturation(amount=-70), ImageEnhance.Color(PICTURE).enhance(0.3), 6, 32),
    (Saturation(amount=-100), PICTURE.convert("L", (*GREYS, 0)).convert("RGB"), 1, 1),
    (Hue(degrees=90), PICTURE.convert("RGB", QUARTER), 1, 2),
    (Rgb(red=20, green=-40), added(51, -102, 0), 0.1, 1),
    (Equalize(), ImageOps.equalize(PICTURE), 1, 4),
    (Grayscale(), PICTURE.convert("L", (*GREYS, 0)), 1, 1),
    (Blur(sigma=1), PICTURE.filter(ImageFilter.GaussianBlur(1)), 1, 4),
    (Blur(sigma=5), PICTURE.filter(ImageFilter.GaussianBlur(5)), 1, 8),
    (Blur(sigma=20), PICTURE.filter(ImageFilter.GaussianBlur(20)), 4, 32),
    (Sharpen(sigma=2), PICTURE.filter(ImageFilter.UnsharpMask(2, 100, 0)), 1, 4),
    (Sharpen(sigma=1, amount=3), PICTURE.filter(ImageFilter.UnsharpMask(1, 300, 0)), 2, 8),
    (Pixelate(size=8), squares(8), 1, 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "expected", "mean", "worst"), OPINIONS, ids=[repr(one[0]) for one in OPINIONS]
)
def test_as_pillow_has_it(step: Operation, expected: Image.Image, mean: float, worst: int) -> None:
    """An adjusted picture looks as Pillow adjusts it."""
    image = rendered(DATA, step)
    assert image.mode == expected.mode
    found = apart(image, expected)
    assert found[0] <= mean
    assert found[1] <= worst


def exact(row: list[int], sigma: float) -> list[float]:
    """Return a row of pixels, blurred by the definition."""
    reach = math.ceil(5 * sigma)
    weights = [math.exp(-((x / sigma) ** 2) / 2) for x in range(-reach, reach + 1)]
    last = len(row) - 1
    return [
        sum(
            weight * row[min(max(at + x, 0), last)]
            for x, weight in zip(range(-reach, reach + 1), weights, strict=True)
        )
        / sum(weights)
        for at in range(len(row))
    ]


@pytest.mark.parametrize(("sigma", "off"), [(0.4, 2), (1, 2), (3, 2), (10, 2), (20, 5), (40, 5)])
def test_a_blur_is_a_gaussian(sigma: float, off: float) -> None:
    """A blur is the one that its definition gives, as far as gaussian() promises."""
    row = [255 * (at // 37 % 2) for at in range(300)]
    stripes = pyvips.Image.new_from_memory(bytes(row) * 200, 300, 200, 1, "uchar")
    blurred = gaussian(stripes, sigma).tolist()[100]
    wrong = [abs(got - want) for got, want in zip(blurred, exact(row, sigma), strict=True)]
    assert max(wrong) <= off


@given(st.floats(0, 250), st.integers(0, 255), st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=40)
def test_a_blur_keeps_one_colour(sigma: float, tone: int, width: int, height: int) -> None:
    """However wide, a blur makes an image neither darker nor lighter."""
    flat = (pyvips.Image.black(width, height) + tone).cast("uchar")
    blurred = gaussian(flat, sigma)
    assert (blurred.min(), blurred.max()) == (tone, tone)


@st.composite
def images(draw: st.DrawFn) -> pyvips.Image:
    """Return an image of any pixels, grey or RGB, transparent or not."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    bands = draw(st.integers(1, 4))
    noise = draw(st.randoms(use_true_random=False)).randbytes(width * height * bands)
    image = pyvips.Image.new_from_memory(noise, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands < 3 else "srgb")


def applied(step: Operation, image: pyvips.Image) -> pyvips.Image:
    made = STEPS[type(step)].apply(step, image, SCENE)
    assert not isinstance(made, Moved)
    assert (made.width, made.height, made.format) == (image.width, image.height, "uchar")
    assert (made.interpretation, made.bands - made.hasalpha()) in {("b-w", 1), ("srgb", 3)}
    assert made.hasalpha() == image.hasalpha()
    return made


def same(one: pyvips.Image, other: pyvips.Image) -> bool:
    return bool(one.bands == other.bands and (one - other).abs().max() == 0)


@given(st.one_of(*strategies.ADJUSTMENTS.values()), images())
@settings(max_examples=200)
def test_no_adjustment_changes_size_or_kind(step: Operation, image: pyvips.Image) -> None:
    """A size stays to the pixel; what comes out is 8-bit sRGB or grey, as transparent as before."""
    made = applied(step, image)
    made.write_to_memory()
    if image.hasalpha() and not isinstance(step, (Blur, Pixelate)):
        assert same(made[made.bands - 1], image[image.bands - 1])


MIXING = (Blur, Pixelate, Sharpen)
NEUTRAL: list[Operation] = [
    Brightness(amount=0), Contrast(amount=0), Saturation(amount=0), Hue(degrees=0), Rgb(),
    Sharpen(sigma=2, amount=0), Sharpen(sigma=0), Blur(sigma=0), Pixelate(size=1),
]  # fmt: skip


@pytest.mark.parametrize("step", NEUTRAL, ids=repr)
@given(image=images())
@settings(max_examples=10)
def test_a_neutral_adjustment_changes_nothing(step: Operation, image: pyvips.Image) -> None:
    """An adjustment by nothing gives the very pixels.

    Of those that mix neighbours this is said without transparency: what is hardly visible is
    rounded.
    """
    assert step.neutral()
    if isinstance(step, Rgb):
        image = image.colourspace("srgb")
    if isinstance(step, MIXING):
        image = image.extract_band(0, n=colours_of(image))
    assert same(applied(step, image), image)


@given(images())
@settings(max_examples=40)
def test_grayscale_is_idempotent(image: pyvips.Image) -> None:
    """Greys have no colours to take away."""
    once = applied(Grayscale(), image)
    assert same(applied(Grayscale(), once), once)


@given(
    st.sampled_from([Saturation(amount=-100), Saturation(amount=100), Hue(degrees=77)]), images()
)
@settings(max_examples=40)
def test_greys_have_no_hue(step: Operation, image: pyvips.Image) -> None:
    """What turns or strengthens colours leaves greys as they are, in one channel or three."""
    grey = applied(Grayscale(), image)
    assert same(applied(step, grey), grey)
    assert same(applied(step, grey.colourspace("srgb")), grey.colourspace("srgb"))


@pytest.mark.parametrize(
    "step", [Blur(sigma=3), Blur(sigma=40), Pixelate(size=9), Sharpen(sigma=3)]
)
def test_hidden_colours_stay_hidden(step: Operation) -> None:
    """What is transparent gives nothing of its colour to what is not."""
    image = Image.new("RGBA", (90, 90), (255, 0, 0, 0))
    image.paste((0, 0, 200, 255), (30, 30, 60, 60))
    made = rendered(encoded(image), step)
    visible = made.getchannel("A").point([0] + [255] * 255)
    red = ImageChops.multiply(made.getchannel("R"), visible)
    assert red.getbbox() is None


FORMATS: list[tuple[str, Callable[[], bytes]]] = [
    ("JPEG", lambda: photograph(700, 500)),
    ("PNG", lambda: encoded(picture(700, 500))),
    ("PNG, transparent", lambda: encoded(picture(700, 500).convert("RGBA"))),
    ("WEBP", lambda: encoded(picture(700, 500), "WEBP")),
]


@pytest.mark.parametrize("data", [one[1] for one in FORMATS], ids=[one[0] for one in FORMATS])
@pytest.mark.parametrize(
    "step",
    [Blur(sigma=15), Blur(sigma=90), Sharpen(sigma=20), Equalize(), Pixelate(size=200)],
    ids=repr,
)
def test_rows_that_come_once(step: Operation, data: Callable[[], bytes]) -> None:
    """An operation that needs rows again has them, though a decoder gives them once."""
    assert rendered(data(), step).size == (700, 500)


def test_one_tone_stays() -> None:
    """There is nothing to spread where there is one tone, be it in one colour."""
    flat = Image.new("RGB", (40, 30), (200, 30, 40))
    assert ImageChops.difference(rendered(encoded(flat), Equalize()), flat).getbbox() is None
