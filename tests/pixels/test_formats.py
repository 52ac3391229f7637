"""What comes in and goes out: formats, colours, orientation, metadata."""

import hashlib

import pytest
import pyvips
from PIL import Image, ImageOps

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Resize, Rotate
from calotype_processor.errors import OutputTooLargeError
from tests.photographs import photograph, picture
from tests.pixels.studio import decoded, difference, encoded, prints, rendered

PICTURE = picture(160, 120)
WEB = ["JPEG", "PNG", "WEBP", "GIF", "AVIF"]
READ = [*WEB, "TIFF"]
WRITTEN = ["jpeg", "png", "webp", "avif", "gif", "tiff"]
HALF = Resize(width=80)
RED = (200, 30, 40)


def flat(mode: str, colour: object) -> Image.Image:
    return Image.new(mode, (64, 48), colour)  # type: ignore[arg-type]  # as many numbers as the mode has


def near(image: Image.Image, colour: tuple[int, int, int], *, by: int = 6) -> bool:
    got = image.convert("RGB").getpixel((20, 20))
    assert isinstance(got, tuple)
    return all(abs(one - other) <= by for one, other in zip(got, colour, strict=True))


@pytest.mark.parametrize("source", READ)
@pytest.mark.parametrize("target", WRITTEN)
def test_every_format_to_every_format(source: str, target: str) -> None:
    """Every format that is read becomes every format that is written, and looks the same."""
    image = rendered(encoded(PICTURE, source), HALF, output=Output(format=target))  # type: ignore[arg-type]  # one of them
    assert image.format == target.upper()
    assert difference(image, PICTURE.resize((80, 60), Image.Resampling.LANCZOS)) < 10  # dither


@pytest.mark.parametrize("source", WEB)
def test_auto_keeps_what_browsers_show(source: str) -> None:
    """Format "auto" keeps the original's own format where browsers show it."""
    assert rendered(encoded(PICTURE, source), output=Output()).format == source


def test_auto_for_the_rest() -> None:
    """Format "auto" makes a JPEG of a TIFF, or a PNG where it is transparent."""
    assert rendered(encoded(PICTURE, "TIFF"), output=Output()).format == "JPEG"
    seen_through = encoded(PICTURE.convert("RGBA"), "TIFF")
    assert rendered(seen_through, output=Output()).format == "PNG"


COLOURS = [
    ("RGB", flat("RGB", RED), "PNG", "RGB", False),
    ("RGBA", flat("RGBA", (*RED, 128)), "PNG", "RGBA", True),
    ("grey", flat("L", 90), "PNG", "grey", False),
    ("grey+alpha", flat("LA", (90, 128)), "PNG", "grey+alpha", True),
    ("bilevel", flat("1", 1), "PNG", "grey", False),
    ("16-bit grey", flat("I;16", 30_000), "PNG", "grey", False),
    ("palette", flat("RGB", RED).quantize(4), "PNG", "palette", False),
    ("grey JPEG", flat("L", 90), "JPEG", "grey", False),
    ("CMYK", flat("CMYK", (0, 200, 200, 20)), "JPEG", "CMYK", False),
    ("CMYK TIFF", flat("CMYK", (0, 200, 200, 20)), "TIFF", "CMYK", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("image", "file_format", "mode", "alpha"),
    [case[1:] for case in COLOURS],
    ids=[case[0] for case in COLOURS],
)
@pytest.mark.parametrize("target", WRITTEN)
def test_every_kind_of_colour(
    *,
    image: Image.Image,
    file_format: str,
    mode: str,
    alpha: bool,
    target: str,
) -> None:
    """Every kind of colour is named, and becomes sRGB or grey in every format, at any size."""
    output = Output(format=target)  # type: ignore[arg-type]  # one of them
    recipes = {
        "full": Recipe(output=output),
        "half": Recipe(steps=(Resize(width=32),), output=output),
    }
    metadata, made = prints(encoded(image, file_format), recipes)
    assert (metadata.colour_mode, metadata.has_alpha) == (mode, alpha)
    for data in made.values():
        assert decoded(data).mode in {"RGB", "RGBA", "L", "LA", "P", "1"}


def test_colours_stay() -> None:
    """16 bits become 8, and CMYK becomes RGB, without a shift."""
    assert near(rendered(encoded(flat("I;16", 128 * 257))), (128, 128, 128))
    red = rendered(encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG", quality=95)).convert("RGB")
    pixel = red.getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200
    assert max(pixel[1:]) < 60


@pytest.mark.parametrize("target", ["png", "tiff"])
@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_deep_colours(target: str, steps: tuple[Resize, ...]) -> None:
    """Colours of 16 bits a channel, and their transparency, come out as the same ones of 8."""
    plain = pyvips.Image.new_from_buffer(encoded(PICTURE.convert("RGBA")), "")
    deep = plain.cast("ushort").linear(257, 0).cast("ushort").copy(interpretation="rgb16")
    data = deep.write_to_buffer(f".{target}")
    metadata, made = prints(data, {"it": Recipe(steps=steps, output=Output(format="png"))})
    assert metadata.colour_mode == "RGBA"
    assert difference(decoded(made["it"]), rendered(encoded(PICTURE), *steps)) < 1
    assert decoded(made["it"]).getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_a_palette_with_a_hole(file_format: str, steps: tuple[Resize, ...]) -> None:
    """A palette's transparent entry is transparent, its others have their colours."""
    image = flat("RGB", RED)
    image.paste((0, 255, 0), (32, 0, 64, 48))
    image = image.quantize(2)
    hole = image.getpixel((60, 20))
    result = rendered(encoded(image, file_format, transparency=hole), *steps).convert("RGBA")
    assert near(result, RED)
    right = result.crop((result.width * 3 // 4, 0, result.width, result.height))
    assert right.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_inverted_ink(steps: tuple[Resize, ...]) -> None:
    """A CMYK JPEG of Adobe's, whose ink counts backwards, has the lightness that Pillow sees."""
    data = encoded(PICTURE.convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data[:200]
    seen = decoded(data).convert("RGB")
    image = rendered(data, *steps)
    # libvips assumes a press's inks and Pillow none: light must be light, colours may differ.
    assert difference(image, seen.resize(image.size, Image.Resampling.LANCZOS)) < 40
    negative = ImageOps.invert(seen).resize(image.size)
    assert difference(image, negative) > 60


@pytest.mark.parametrize("kind", ["lab", "scrgb", "labs"])
@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_rare_colours(kind: str, steps: tuple[Resize, ...]) -> None:
    """Colour spaces that only libvips writes come out in sRGB."""
    grey = pyvips.Image.black(96, 96, bands=3).linear(1, 119)
    data = grey.copy(interpretation="srgb").colourspace(kind).tiffsave_buffer()
    assert near(rendered(data, *steps), (119, 119, 119))


@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_profiles_are_heeded(steps: tuple[Resize, ...]) -> None:
    """An image with a colour profile looks in sRGB as its profile says."""
    plain = pyvips.Image.new_from_buffer(encoded(PICTURE), "")
    wide = plain.icc_transform("p3", input_profile="srgb").pngsave_buffer()
    assert difference(decoded(wide), PICTURE) > 2
    assert difference(rendered(wide, *steps), rendered(encoded(PICTURE), *steps)) < 1


def test_white_behind_the_transparent() -> None:
    """Where a format has no transparency, white shines through."""
    image = rendered(encoded(flat("RGBA", (0, 0, 0, 0))), output=Output(format="jpeg"))
    assert near(image, (255, 255, 255))


@pytest.mark.parametrize("target", ["png", "webp", "avif", "gif", "tiff"])
def test_transparency_stays(target: str) -> None:
    """Transparency comes through in every format that has it."""
    output = Output(format=target)  # type: ignore[arg-type]  # one of them
    image = rendered(encoded(flat("RGBA", (*RED, 0))), Resize(width=32), output=output)
    assert image.convert("RGBA").getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("strip", [True, False])
@pytest.mark.parametrize("steps", [(), (HALF,), (Rotate(degrees=90), HALF)], ids=len)
def test_orientation(*, orientation: int, strip: bool, steps: tuple[Resize, ...]) -> None:
    """Each of EXIF's orientations comes out upright, and nobody turns it a second time."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(PICTURE, "JPEG", exif=exif, quality=95)
    upright = ImageOps.exif_transpose(decoded(data))
    recipe = Recipe(steps=steps, output=Output(format="png", strip_metadata=strip))
    metadata, made = prints(data, {"it": recipe})
    image = ImageOps.exif_transpose(decoded(made["it"]))
    assert (metadata.width, metadata.height, metadata.orientation) == (*upright.size, orientation)
    expected = upright.transpose(Image.Transpose.ROTATE_270) if len(steps) > 1 else upright
    expected = expected.resize(image.size, Image.Resampling.LANCZOS)
    assert difference(image, expected) < 2


def test_several_prints_of_a_lying_image() -> None:
    """Prints that share their pixels are all upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(picture(800, 600), "JPEG", exif=exif)
    recipes = {"full": Recipe(), "again": Recipe(steps=(Rotate(degrees=180),))}
    recipes |= {str(side): Recipe(steps=(Resize(width=side),)) for side in (400, 300, 60)}
    _, made = prints(data, recipes)
    shapes = [decoded(one).size for one in made.values()]
    assert shapes == [(600, 800), (600, 800), (400, 533), (300, 400), (60, 80)]


@pytest.mark.parametrize("target", WRITTEN)
def test_metadata_goes_unless_asked_for(target: str) -> None:
    """Where a photograph was taken stays with its owner, unless they say otherwise."""
    output = Output(format=target)  # type: ignore[arg-type]  # one of them
    image = rendered(photograph(160, 120), HALF, output=output)
    assert not image.getexif().get_ifd(0x8825)
    assert 0x010F not in image.getexif()
    assert "icc_profile" not in image.info


def test_metadata_stays_when_asked_for() -> None:
    """Metadata that was asked for is there, camera and place."""
    image = rendered(photograph(160, 120), HALF, output=Output(strip_metadata=False))
    assert image.getexif()[0x010F] == "Calotype Test Camera"
    assert image.getexif().get_ifd(0x8825)[1] == "N"


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "TIFF"])
def test_the_first_of_several_pages(file_format: str) -> None:
    """An animation or a document is counted, and its first page printed."""
    pages = [flat("RGB", RED), flat("RGB", (0, 0, 255)), flat("RGB", (0, 255, 0))]
    data = encoded(pages[0], file_format, save_all=True, append_images=pages[1:])
    metadata, made = prints(data, {"it": Recipe(output=Output(format="png"))})
    assert metadata.pages == 3
    assert near(decoded(made["it"]), RED)


def test_quality_counts() -> None:
    """A lower quality makes a smaller file, in every lossy format."""
    for target in ("jpeg", "webp", "avif"):
        recipes = {
            str(quality): Recipe(output=Output(format=target, quality=quality))
            for quality in (20, 90)
        }
        _, made = prints(encoded(PICTURE), recipes)
        assert len(made["20"]) < len(made["90"])


def test_an_optimised_copy_is_not_the_larger_one() -> None:
    """A full-size copy of a JPEG is written no finer than the original was."""
    modest = photograph(800, 600, quality=60)
    _, made = prints(modest, {"optimised": Recipe()})
    assert len(made["optimised"]) <= len(modest)


def test_too_long_for_the_format() -> None:
    """What a format cannot hold is refused in words, before anything is decoded."""
    long = encoded(Image.new("RGB", (17_000, 2)))
    with pytest.raises(OutputTooLargeError, match="WEBP holds at most 16383"):
        rendered(long, output=Output(format="webp"))
    assert rendered(long, output=Output(format="jpeg")).size == (17_000, 2)


def test_what_is_known_of_an_original() -> None:
    """Metadata says what a person sees, and the SHA-256 of the very bytes."""
    data = photograph(160, 120)
    metadata, _ = prints(data, {"it": Recipe()})
    assert (metadata.width, metadata.height, metadata.format) == (160, 120, "jpeg")
    assert (metadata.size_bytes, metadata.pages, metadata.orientation) == (len(data), 1, 1)
    assert metadata.sha256 == hashlib.sha256(data).hexdigest()
