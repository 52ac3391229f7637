"""Colours: as a profile means them in sRGB, or as they are, with the profile."""

import pytest
import pyvips
from PIL import Image, ImageChops

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Crop, Flip, Format, Operation, Output, Resize, Rotate
from tests.photographs import picture
from tests.pixels.profiles import CMYK, P3, grey, in_srgb
from tests.pixels.studio import decoded, difference, encoded, prints, rendered

PICTURE = picture(160, 120)
GREY = PICTURE.convert("L")
INKS = PICTURE.convert("CMYK")
HALF = Resize(width=80)
KEEP: list[Format] = ["jpeg", "png", "webp", "avif", "tiff"]
STEPS = pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])


def shrunk(image: Image.Image, steps: tuple[Operation, ...]) -> Image.Image:
    return image.resize((80, 60), Image.Resampling.LANCZOS) if steps else image


def profile_of(image: Image.Image) -> bytes | None:
    profile = image.info.get("icc_profile")
    return bytes(profile) if profile else None


def deep(file_format: str, *, profile: bytes) -> bytes:
    """Return the picture in 16 bits a colour."""
    image = pyvips.Image.new_from_buffer(encoded(PICTURE), "").cast("ushort") * 257
    image = image.cast("ushort").copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    saved: bytes = image.write_to_buffer(f".{file_format}")
    return saved


@STEPS
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_wide_gamut(source: str, steps: tuple[Operation, ...]) -> None:
    """Display P3 becomes sRGB as LittleCMS has it, whatever format it came in."""
    # Colours at half the size are made whole by every decoder in its own way.
    options = {"AVIF": {"subsampling": "4:4:4"}, "TIFF": {}}.get(source, {"quality": 95})
    data = encoded(PICTURE, source, icc_profile=P3, **options)
    image = rendered(data, *steps)
    assert difference(image, shrunk(in_srgb(decoded(data).convert("RGB"), P3), steps)) < 2
    assert profile_of(image) is None


def test_what_srgb_cannot_show() -> None:
    """A colour outside sRGB becomes its nearest, and none that is inside is dulled for it."""
    data = encoded(Image.new("RGB", (32, 32), (0, 255, 0)), icc_profile=P3)
    assert rendered(data).getpixel((9, 9)) == (0, 255, 0)


@STEPS
@pytest.mark.parametrize("file_format", ["png", "tif"])
def test_wide_gamut_in_16_bits(file_format: str, steps: tuple[Operation, ...]) -> None:
    """16 bits become 8 by their profile, without a shift."""
    image = rendered(deep(file_format, profile=P3), *steps)
    assert difference(image, shrunk(in_srgb(PICTURE, P3), steps)) < 1.5


@STEPS
@pytest.mark.parametrize("source", ["JPEG", "TIFF"])
def test_inks(source: str, steps: tuple[Operation, ...]) -> None:
    """CMYK with a profile becomes sRGB as LittleCMS has it."""
    data = encoded(INKS, source, icc_profile=CMYK)
    image = rendered(data, *steps)
    assert difference(image, shrunk(in_srgb(decoded(data), CMYK), steps)) < 2


def test_inks_of_nobody_knows_which_press() -> None:
    """CMYK without a profile becomes sRGB as a common press prints it."""
    assert difference(rendered(encoded(INKS, "TIFF")), in_srgb(INKS, CMYK)) < 2


@STEPS
def test_grey_by_its_profile(steps: tuple[Operation, ...]) -> None:
    """Grey of another gamma becomes as light as its profile says."""
    data = encoded(GREY, icc_profile=grey(1.0))
    expected = shrunk(in_srgb(GREY, grey(1.0)), steps)
    assert difference(rendered(data, *steps), expected) < 2
    assert difference(expected, shrunk(GREY, steps)) > 20


@STEPS
@pytest.mark.parametrize("target", KEEP)
@pytest.mark.parametrize("depth", [8, 16])
def test_colours_are_kept(target: Format, depth: int, steps: tuple[Operation, ...]) -> None:
    """Asked to keep them, colours stay as numbers, and the profile that means them goes along."""
    data = encoded(PICTURE, icc_profile=P3) if depth == 8 else deep("png", profile=P3)
    output = Output(format=target, colour_profile="keep", quality=95, lossless=True)
    image = rendered(data, *steps, output=output)
    assert profile_of(image) == P3
    assert difference(image, shrunk(PICTURE, steps)) < 3


def test_kept_colours_are_the_very_same() -> None:
    """Nothing is computed of colours that are kept at full size."""
    output = Output(format="png", colour_profile="keep")
    image = rendered(encoded(PICTURE, icc_profile=P3), output=output)
    assert ImageChops.difference(image, PICTURE).getbbox() is None


def test_gif_holds_no_profile() -> None:
    """Where a format holds no profile, colours are converted all the same."""
    image = rendered(
        encoded(PICTURE, icc_profile=P3), output=Output(format="gif", colour_profile="keep")
    )
    as_converted = rendered(encoded(PICTURE, icc_profile=P3), output=Output(format="gif"))
    assert difference(image, as_converted) < 1


@pytest.mark.parametrize("profile", [CMYK, None], ids=["profile", "none"])
@pytest.mark.parametrize("target", ["jpeg", "tiff"])
@pytest.mark.parametrize(
    "steps",
    [(), (HALF,), (HALF, Crop(width=40, height=30), Rotate(degrees=90), Flip(axis="both"))],
    ids=len,
)
def test_inks_are_kept(target: Format, profile: bytes | None, steps: tuple[Operation, ...]) -> None:
    """CMYK stays CMYK in the formats that hold it, as long as pixels are only moved."""
    data = encoded(INKS, "TIFF", **({"icc_profile": profile} if profile else {}))
    output = Output(format=target, colour_profile="keep", quality=95)
    image = rendered(data, *steps, output=output)
    assert (image.mode, profile_of(image)) == ("CMYK", profile)
    if len(steps) < 2:
        assert difference(image, shrunk(INKS, steps)) < 3


@pytest.mark.parametrize("target", ["png", "webp", "avif", "gif"])
def test_inks_that_no_screen_has(target: Format) -> None:
    """CMYK becomes sRGB where the format has no inks, even where it was to be kept."""
    data = encoded(INKS, "TIFF", icc_profile=CMYK)
    image = rendered(data, HALF, output=Output(format=target, colour_profile="keep"))
    assert profile_of(image) is None
    assert difference(image, shrunk(in_srgb(INKS, CMYK), (HALF,))) < 8  # dither


@pytest.mark.parametrize("target", ["jpeg", "png", "tiff"])
def test_grey_is_kept(target: Format) -> None:
    """Grey keeps its profile where the format knows grey."""
    data = encoded(GREY, icc_profile=grey(1.0))
    output = Output(format=target, colour_profile="keep", quality=95)
    image = rendered(data, HALF, output=output)
    assert (image.mode, profile_of(image)) == ("L", grey(1.0))
    assert difference(image, shrunk(GREY, (HALF,))) < 3


@pytest.mark.parametrize("target", ["webp", "avif"])
def test_grey_where_there_is_only_rgb(target: Format) -> None:
    """A grey profile means nothing to RGB: where the format makes that of it, it is converted."""
    data = encoded(GREY, icc_profile=grey(1.0))
    image = rendered(data, HALF, output=Output(format=target, colour_profile="keep"))
    assert profile_of(image) is None
    assert difference(image, shrunk(in_srgb(GREY, grey(1.0)), (HALF,))) < 4


def test_a_profile_of_other_colours() -> None:
    """A profile that is not for the image's colours is not kept: it would mean something else."""
    output = Output(format="png", colour_profile="keep")
    image = rendered(encoded(GREY, icc_profile=P3), HALF, output=output)
    assert profile_of(image) is None
    assert difference(image, shrunk(GREY, (HALF,))) < 3


def test_kept_beside_converted() -> None:
    """Renditions of one image have their colours each as asked, and derive only from their like."""
    data = encoded(picture(800, 600), icc_profile=P3)
    recipes = {
        f"{kind}{side}": Recipe(
            steps=(Resize(width=side),), output=Output(format="png", colour_profile=kind)
        )
        for kind in ("srgb", "keep")
        for side in (800, 400, 100)
    }
    _, made = prints(data, recipes)
    for side in (800, 400, 100):
        kept, shown = decoded(made[f"keep{side}"]), decoded(made[f"srgb{side}"])
        assert (profile_of(kept), profile_of(shown)) == (P3, None)
        assert difference(in_srgb(kept, P3), shown) < 1.5


@pytest.mark.parametrize("strip", [True, False])
def test_nothing_to_keep(*, strip: bool) -> None:
    """An image without a profile is written without one, kept or not, and to the same pixels."""
    pair = [
        rendered(
            encoded(PICTURE),
            HALF,
            output=Output(format="png", colour_profile=kind, strip_metadata=strip),
        )
        for kind in ("srgb", "keep")
    ]
    assert [profile_of(one) for one in pair] == [None, None]
    assert pair[0].tobytes() == pair[1].tobytes()
