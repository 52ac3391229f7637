"""The finest file that is no larger than asked."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Format, Output, Resize
from tests.photographs import photograph, picture
from tests.pixels.studio import decoded, difference, encoded, prints

PICTURE = picture(160, 120)
LOSSY: list[Format] = ["jpeg", "webp", "avif"]


def made(data: bytes, **output: object) -> bytes:
    [file] = prints(data, {"it": Recipe(output=Output(**output))})[1].values()  # type: ignore[arg-type]  # as the fields are
    return file


@pytest.mark.parametrize("target", LOSSY)
@given(data=st.data())
@settings(max_examples=8)
def test_lossy_formats_fit(target: Format, data: st.DataObject) -> None:
    """Between the usual size and the smallest, the file fits, and a quality more would not."""
    image = picture(
        data.draw(st.integers(40, 200)),
        data.draw(st.integers(40, 200)),
        seed=data.draw(st.integers(0, 99)),
    )
    source = encoded(image)
    usual, least = (len(made(source, format=target, quality=quality)) for quality in (80, 10))
    most = data.draw(st.integers(least, usual))
    file = made(source, format=target, quality=80, max_bytes=most)
    assert len(file) <= most
    sizes = {len(made(source, format=target, quality=quality)) for quality in range(10, 81, 10)}
    assert len(file) >= max(size for size in sizes if size <= most) * 0.8


@pytest.mark.parametrize("target", [*LOSSY, "png", "gif", "tiff"])
def test_what_fits_is_left_alone(target: Format) -> None:
    """A file that is small enough is the very one that would be made without a limit."""
    plain = made(encoded(PICTURE), format=target)
    assert made(encoded(PICTURE), format=target, max_bytes=len(plain)) == plain


@pytest.mark.parametrize("target", [*LOSSY, "png", "gif", "tiff"])
def test_what_cannot_be_met(target: Format) -> None:
    """Where nothing is small enough, the smallest there is is what is made."""
    plain = made(encoded(PICTURE), format=target)
    file = made(encoded(PICTURE), format=target, max_bytes=1)
    assert len(file) < len(plain)
    assert decoded(file).size == PICTURE.size
    if target in LOSSY:
        assert file == made(encoded(PICTURE), format=target, quality=10)


@pytest.mark.parametrize("target", ["png", "gif"])
@pytest.mark.parametrize("share", [0.7, 0.3])
def test_fewer_colours(target: Format, share: float) -> None:
    """A PNG or GIF that must be smaller has fewer colours, as many as fit, and looks alike."""
    plain = made(encoded(PICTURE), format=target)
    file = made(encoded(PICTURE), format=target, max_bytes=round(len(plain) * share))
    assert len(file) <= len(plain) * share
    assert difference(decoded(file), PICTURE) < 30


def test_a_png_is_first_only_pressed_harder() -> None:
    """Where harder work at nothing lost is enough, no colour is."""
    plain = made(encoded(PICTURE), format="png")
    file = made(encoded(PICTURE), format="png", max_bytes=len(plain) - 1)
    assert len(file) < len(plain)
    assert decoded(file).tobytes() == PICTURE.tobytes()


@pytest.mark.parametrize("target", ["webp", "avif"])
def test_lossless_is_given_up_for_the_limit(target: Format) -> None:
    """What loses nothing and is too large is written at the best quality that fits."""
    whole = made(encoded(PICTURE), format=target, lossless=True)
    file = made(encoded(PICTURE), format=target, lossless=True, max_bytes=len(whole) // 2)
    assert len(file) <= len(whole) // 2
    assert difference(decoded(file), PICTURE) < 8


def test_straight_from_a_decoder() -> None:
    """Pixels that can be read once are written as often as it takes, beside other prints."""
    recipes = {
        "small": Recipe(steps=(Resize(width=300),), output=Output(max_bytes=4_000)),
        "full": Recipe(output=Output(max_bytes=20_000)),
        "plain": Recipe(steps=(Resize(width=200),)),
    }
    _, files = prints(photograph(800, 600), recipes)
    assert len(files["small"]) <= 4_000
    assert len(files["full"]) <= 20_000


def test_noise_is_no_exception() -> None:
    """Even pure noise, which nothing compresses, is brought down as far as it goes."""
    noise = Image.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3))
    assert len(made(encoded(noise), format="jpeg", max_bytes=3_000)) <= 3_000
