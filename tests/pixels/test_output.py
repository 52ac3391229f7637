"""How a file is written: quality by format, progressive, lossless, and the format that suits."""

import pytest
from PIL import Image

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Format, FormatQuality, Negotiable, Output, Resize
from tests.photographs import photograph, picture
from tests.pixels.studio import decoded, encoded, prints, rendered

PICTURE = picture(160, 120)
SEEN_THROUGH = PICTURE.convert("RGBA")
SEEN_THROUGH.putalpha(128)
DRAWN = PICTURE.quantize(8)
HALF = Resize(width=80)


def file_of(output: Output) -> bytes:
    [file] = prints(encoded(PICTURE), {"it": Recipe(output=output)})[1].values()
    return file


@pytest.mark.parametrize("target", ["jpeg", "webp", "avif"])
def test_quality_by_format(target: Format) -> None:
    """FormatQuality counts for its format, not for another, and quality beats it."""
    by_format = FormatQuality(**{target: 30})
    assert file_of(Output(format=target, format_quality=by_format)) == file_of(
        Output(format=target, quality=30)
    )
    others = FormatQuality(**{one: 30 for one in ("jpeg", "webp", "avif") if one != target})
    assert file_of(Output(format=target, format_quality=others)) == file_of(Output(format=target))
    both = Output(format=target, format_quality=by_format, quality=60)
    assert file_of(both) == file_of(Output(format=target, quality=60))


@pytest.mark.parametrize("target", ["png", "gif", "tiff"])
def test_quality_where_there_is_none(target: Format) -> None:
    """A quality means nothing to a format that has none."""
    assert file_of(Output(format=target, quality=30)) == file_of(Output(format=target))


@pytest.mark.parametrize("data", [photograph(160, 120), encoded(PICTURE)], ids=["jpeg", "png"])
@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_progressive(data: bytes, steps: tuple[Resize, ...]) -> None:
    """Progressive JPEG, PNG and GIF are so when read back, and only when asked for."""
    recipes = {
        f"{target}{progressive}": Recipe(
            steps=steps,
            output=Output(format=target, progressive=progressive),
        )
        for target in ("jpeg", "png", "gif")
        for progressive in (True, False)
    }
    _, files = prints(data, recipes)
    for asked in (True, False):
        jpeg, png = (decoded(files[f"{one}{asked}"]) for one in ("jpeg", "png"))
        assert bool(jpeg.info.get("progressive")) is asked
        assert bool(png.info.get("interlace")) is asked
    assert files["gifTrue"] != files["gifFalse"]


@pytest.mark.parametrize("target", ["webp", "avif"])
def test_lossless(target: Format) -> None:
    """Lossless WebP and AVIF give every pixel back."""
    image = rendered(encoded(PICTURE), output=Output(format=target, lossless=True))
    assert image.tobytes() == PICTURE.tobytes()


MODERN: tuple[Negotiable, ...] = ("avif", "webp")
SUITED = [
    (photograph(160, 120), MODERN, "AVIF"),
    (photograph(160, 120), ("webp",), "WEBP"),
    (photograph(160, 120), (), "JPEG"),
    (encoded(PICTURE, "AVIF"), ("webp",), "WEBP"),
    (encoded(PICTURE, "WEBP"), (), "JPEG"),
    (encoded(PICTURE), MODERN, "AVIF"),
    (encoded(PICTURE), (), "PNG"),
    (encoded(PICTURE, "TIFF"), (), "JPEG"),
    (encoded(SEEN_THROUGH), MODERN, "WEBP"),
    (encoded(SEEN_THROUGH), ("avif",), "AVIF"),
    (encoded(SEEN_THROUGH), (), "PNG"),
    (encoded(SEEN_THROUGH, "WEBP"), (), "PNG"),
    (encoded(DRAWN), MODERN, "WEBP"),
    (encoded(DRAWN), ("avif",), "PNG"),
    (encoded(DRAWN, "GIF"), (), "PNG"),
]


@pytest.mark.parametrize(("data", "accepts", "expected"), SUITED)
def test_auto_suits_the_picture(
    data: bytes, accepts: tuple[Negotiable, ...], expected: str
) -> None:
    """Where it is known what is accepted, "auto" takes what suits the picture."""
    assert rendered(data, HALF, output=Output(accepts=accepts)).format == expected


def test_a_drawing_loses_nothing() -> None:
    """Few colours become lossless WebP, unless a quality is asked for."""
    output = Output(accepts=("webp",))
    assert rendered(encoded(DRAWN), output=output).tobytes() == DRAWN.convert("RGB").tobytes()
    lossy = Output(accepts=("webp",), quality=30)
    assert rendered(encoded(DRAWN), output=lossy).tobytes() != DRAWN.convert("RGB").tobytes()


def test_auto_holds_what_it_makes() -> None:
    """Where what would suit best cannot hold that size, "auto" takes the next that can."""
    long = encoded(Image.new("RGB", (17_000, 2)), "JPEG")
    assert rendered(long, output=Output(accepts=MODERN)).format == "JPEG"
