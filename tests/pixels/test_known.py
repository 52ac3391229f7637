"""What is known of an image besides its header, found out by the whole pipeline."""

import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from calotype_core.domain.image import ImageMetadata, Place
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Resize
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.facts import BY_DEFAULT, NOTHING, Fact
from calotype_processor.steps.know import BY_SIGHT
from tests.photographs import heic, picture
from tests.pixels.studio import LOSSLESS, decoded, encoded, prints
from tests.unit.processor.knowledge.exifs import BERLIN, PICTURE, SHOT, block

FULL = {"it": Recipe()}
SMALL = {"it": Recipe(steps=(Resize(width=100),))}
EVERYTHING = BY_DEFAULT | {Fact.PLACE}
PHOTO = picture(400, 300)
EXIF = block(PICTURE, camera=SHOT, gps=BERLIN)
NEAR = 8  # of 64 bits
FAR = 18


def known(
    data: bytes, recipes: dict[str, Recipe] = FULL, facts: frozenset[Fact] = EVERYTHING
) -> ImageMetadata:
    metadata, _ = prints(data, recipes, facts=facts)
    return metadata


def apart(one: ImageMetadata, other: ImageMetadata) -> int:
    """Return in how many bits two perceptual hashes differ."""
    return (int(one.phash, 16) ^ int(other.phash, 16)).bit_count()


SAME = {
    "smaller": encoded(PHOTO.resize((200, 150)), "JPEG"),
    "larger": encoded(PHOTO.resize((800, 600)), "PNG"),
    "squeezed": encoded(PHOTO.resize((300, 300)), "PNG"),
    "badly compressed": encoded(PHOTO, "JPEG", quality=20),
    "WebP": encoded(PHOTO, "WEBP", quality=50),
    "brighter": encoded(ImageEnhance.Brightness(PHOTO).enhance(1.15), "PNG"),
}
OTHER = {
    "another": encoded(picture(400, 300, seed=1), "PNG"),
    "mirrored": encoded(ImageOps.mirror(PHOTO), "PNG"),
    "upside down": encoded(ImageOps.flip(PHOTO), "PNG"),
}


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
def test_the_same_picture_is_near(same: bytes) -> None:
    """A picture's hash hardly changes when it is scaled, compressed or made brighter."""
    assert apart(known(encoded(PHOTO)), known(same)) <= NEAR


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_another_picture_is_far(other: bytes) -> None:
    """Another picture's hash is another one."""
    assert apart(known(encoded(PHOTO)), known(other)) >= FAR


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_exif_in_every_format(file_format: str) -> None:
    """Every format that can hold EXIF is asked for it."""
    metadata = known(encoded(picture(64, 48), file_format, exif=EXIF))
    assert metadata.exif["model"] == "Z 8"
    assert metadata.exif["exposureTime"] == "1/250"
    assert metadata.place == Place(latitude=52.52, longitude=13.405, altitude=34.5)


def test_heic() -> None:
    """A HEIC is seen, and asked for its EXIF."""
    for recipes in (FULL, SMALL):
        told = known(heic(PHOTO, exif=EXIF), recipes)
        assert told.exif["model"] == "Z 8"
        assert apart(told, known(encoded(PHOTO))) <= NEAR


@pytest.mark.parametrize("side", [None, 40, 500])
def test_a_drawing(side: int | None) -> None:
    """A drawing is seen, and drawn as it would have been."""
    drawing = (
        b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='200'>"
        b"<rect width='300' height='200' fill='#c81e28'/>"
        b"<rect width='75' height='200' fill='#1428b4'/></svg>"
    )
    recipes = {"it": Recipe(steps=(Resize(width=side),) if side else (), output=LOSSLESS)}
    limits = EngineLimits(svg=True)
    told, made = prints(drawing, recipes, limits, facts=EVERYTHING)
    assert [one.hex for one in told.colours] == ["#c81e28", "#1428b4"]
    assert made == prints(drawing, recipes, limits)[1]


UNUSUAL = {
    "as stored": Output(auto_orient=False),
    "its own colours": Output(colour_profile="keep"),
}


@pytest.mark.parametrize("output", UNUSUAL.values(), ids=UNUSUAL)
@pytest.mark.parametrize("steps", [(), (Resize(width=100),)], ids=["full", "scaled"])
def test_prints_of_another_kind(output: Output, steps: tuple[Resize, ...]) -> None:
    """A print that lies, or keeps wide colours, does not change what is seen of its original."""
    turned = Image.Exif()
    turned[0x0112] = 6
    plain = pyvips.Image.new_from_buffer(encoded(PHOTO.rotate(90, expand=True)), "")
    wide = plain.icc_transform("p3", input_profile="srgb").jpegsave_buffer(Q=95)
    lying = encoded(decoded(wide), "JPEG", exif=turned, quality=95, icc_profile=profile_of(wide))
    recipes = {"it": Recipe(steps=steps, output=output)}
    told, made = prints(lying, recipes, facts=EVERYTHING)
    assert apart(told, known(encoded(PHOTO))) <= NEAR
    assert made == prints(lying, recipes)[1]


def profile_of(data: bytes) -> bytes:
    profile = decoded(data).info["icc_profile"]
    assert isinstance(profile, bytes)
    return profile


def test_the_place_is_nobody_s_business() -> None:
    """Where a picture was taken is not told unless that was asked for."""
    data = encoded(picture(64, 48), "JPEG", exif=EXIF)
    told = known(data, facts=BY_DEFAULT)
    assert told.exif
    assert told.place is None
    assert "52" not in str(told.exif)


@pytest.mark.parametrize("fact", sorted(BY_SIGHT))
def test_each_can_be_switched_off(fact: Fact) -> None:
    """What is not asked for is left empty, and nothing else is."""
    told = known(encoded(PHOTO), facts=EVERYTHING - {fact})
    for name in BY_SIGHT:
        assert bool(getattr(told, name)) == (name != fact)


@pytest.mark.parametrize("facts", [NOTHING, EVERYTHING], ids=["nothing", "everything"])
@pytest.mark.parametrize("recipes", [FULL, SMALL, FULL | {"b": SMALL["it"]}])
def test_prints_do_not_depend_on_it(facts: frozenset[Fact], recipes: dict[str, Recipe]) -> None:
    """The prints are the same, byte for byte, whatever is to be known."""
    data = encoded(PHOTO, "JPEG")
    assert prints(data, recipes, facts=facts)[1] == prints(data, recipes)[1]


def test_two_colours_come_out_exactly() -> None:
    """A picture of two colours has those two, whichever print they are counted from."""
    image = Image.new("RGB", (600, 400), "#c81e28")
    ImageDraw.Draw(image).rectangle((150, 100, 449, 299), fill="#1428b4")
    for recipes in (FULL, SMALL):
        found = known(encoded(image), recipes).colours
        assert [one.hex for one in found] == ["#c81e28", "#1428b4"]
        assert [one.share for one in found] == pytest.approx([0.75, 0.25], abs=0.03)


KINDS = {
    "grey": PHOTO.convert("L"),
    "grey+alpha": PHOTO.convert("LA"),
    "RGBA": PHOTO.convert("RGBA"),
    "palette": PHOTO.quantize(16),
    "bilevel": PHOTO.convert("1"),
    "16-bit grey": Image.new("I;16", (64, 48), 30_000),
}


@pytest.mark.parametrize("image", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("recipes", [FULL, SMALL], ids=["full", "scaled"])
def test_every_kind_of_colour(image: Image.Image, recipes: dict[str, Recipe]) -> None:
    """Every kind of picture is seen."""
    told = known(encoded(image), recipes)
    assert all((told.phash, told.blurhash, told.thumbhash, told.colours))


def test_cmyk() -> None:
    """A CMYK original's colours are told as they are seen."""
    ink = encoded(Image.new("CMYK", (64, 48), (0, 255, 255, 0)), "JPEG", quality=95)
    (red,) = known(ink).colours
    assert int(red.hex[1:3], 16) > 200
    assert int(red.hex[3:5], 16) < 60


def test_transparency() -> None:
    """What is transparent is white to the eye, shows in the ThumbHash, and has no colour."""
    seen_through = Image.new("RGBA", (64, 48), (200, 0, 0, 0))
    ImageDraw.Draw(seen_through).rectangle((0, 0, 31, 47), fill=(0, 0, 200, 255))
    on_white = Image.new("RGB", (64, 48), "white")
    on_white.paste(seen_through, mask=seen_through)
    told, opaque = known(encoded(seen_through)), known(encoded(on_white))
    assert apart(told, opaque) <= NEAR
    assert told.blurhash[:6] == opaque.blurhash[:6]
    assert told.thumbhash != opaque.thumbhash
    assert [one.hex for one in told.colours] == ["#0000c8"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_as_a_person_sees_it(orientation: int) -> None:
    """What lies on its side in the file is seen upright."""
    turned = Image.Exif()
    turned[0x0112] = orientation
    lying = encoded(PHOTO, "JPEG", exif=turned, quality=95)
    upright = ImageOps.exif_transpose(decoded(lying))
    for recipes in (FULL, SMALL):
        assert apart(known(lying, recipes), known(encoded(upright))) <= NEAR


@pytest.mark.parametrize("file_format", ["GIF", "WEBP"])
@pytest.mark.parametrize("recipes", [FULL, SMALL], ids=["full", "scaled"])
def test_an_animation_is_its_first_frame(file_format: str, recipes: dict[str, Recipe]) -> None:
    """Of an animation the first frame is seen."""
    red, blue = (Image.new("RGB", (200, 150), colour) for colour in ("#c81e28", "#1428b4"))
    data = encoded(red, file_format, save_all=True, append_images=[blue, blue], lossless=True)
    assert [one.share for one in known(data, recipes).colours] == [1.0]
    assert apart(known(data, recipes), known(encoded(red))) == 0
    assert prints(data, recipes, facts=EVERYTHING)[1] == prints(data, recipes)[1]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 80), st.integers(1, 80), st.sampled_from(["PNG", "JPEG", "WEBP", "TIFF"]))
def test_any_size(width: int, height: int, file_format: str) -> None:
    """An image of any shape is seen, be it one pixel."""
    told = known(encoded(picture(width, height), file_format))
    assert len(told.phash) == 16
    assert len(told.blurhash) == 28
    assert told.thumbhash
    assert told.colours


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=200))
def test_hostile_exif_fails_no_image(rubbish: bytes) -> None:
    """An image whose EXIF is rubbish is printed all the same."""
    data = encoded(picture(32, 24), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + rubbish)
    told, made = prints(data, {"it": Recipe(output=Output(format="png"))}, facts=EVERYTHING)
    assert made
    assert told.phash


def test_what_goes_wrong_is_not_told_of(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Should reading EXIF fail, the image does not, and what it read is in no log."""

    def fail(_data: bytes) -> None:
        raise ValueError("taken at 52.52, 13.405")

    monkeypatch.setattr("calotype_processor.steps.know.read_tags", fail)
    told = known(encoded(picture(64, 48), "JPEG", exif=EXIF))
    assert (told.exif, told.place) == ({}, None)
    assert told.phash
    assert "52" not in "".join(capfd.readouterr())
