"""Every operation against Pillow, which shares no code with libvips."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import (
    FITS,
    GRAVITIES,
    Background,
    Crop,
    Extend,
    Flip,
    Operation,
    Pad,
    Resize,
    Rotate,
    RoundCorners,
)
from calotype_processor.errors import CropOutsideImageError, OutputTooLargeError
from calotype_processor.sizes import Size
from calotype_processor.steps.registry import STEPS
from tests.photographs import picture
from tests.pixels.studio import decoded, difference, encoded, prints, rendered

PICTURE = picture(320, 240)
DATA = encoded(PICTURE)
TURN = Image.Transpose
A_FEW = 2_000_000  # pixels: larger ones prove no more
ALIKE = 2.0  # of 255: resampling filters differ in the last digits

small = st.integers(1, 400)
gravities = st.sampled_from(GRAVITIES)
fills = st.sampled_from([None, "#ff0000ff", "#00800080", "auto", "blur"])
part = st.floats(0.01, 0.99)
small_steps = st.lists(
    st.one_of(
        st.builds(Crop, width=small | part, height=small | part, gravity=gravities),
        st.builds(Crop, aspect=st.floats(0.1, 10), offset_x=part, gravity=gravities),
        st.builds(
            Resize,
            width=small,
            height=small,
            fit=st.sampled_from(FITS),
            enlarge=st.booleans(),
            gravity=gravities,
            background=fills,
        ),
        st.builds(Resize, width=small, enlarge=st.booleans(), min_height=small),
        st.builds(Resize, scale=st.floats(0.1, 1.5), enlarge=st.booleans()),
        st.builds(
            Rotate, degrees=st.sampled_from([0, 90, 180, 270, 7.5, 45, 200]), background=fills
        ),
        st.builds(Flip, axis=st.sampled_from(["horizontal", "vertical", "both"])),
        st.builds(Extend, width=small, height=small, gravity=gravities, background=fills),
        st.builds(Extend, aspect=st.floats(0.2, 5), background=fills),
        st.builds(Pad, top=st.integers(1, 50), left=part, background=fills),
        st.builds(Background, colour=st.sampled_from(["#ff0000ff", "#00800080", "auto"])),
        st.builds(RoundCorners, radius=small | part, background=fills),
    ),
    max_size=4,
).map(tuple)

LEFT = FocalPoint(x=0.1, y=0.95)
EXACT: list[tuple[Operation, Image.Image]] = [
    (Crop(width=100, height=50, x=20, y=30), PICTURE.crop((20, 30, 120, 80))),
    (Crop(width=100, height=50), PICTURE.crop((110, 95, 210, 145))),
    (Crop(width=100, height=50, gravity="southeast"), PICTURE.crop((220, 190, 320, 240))),
    (Crop(width=900, height=50, gravity="north"), PICTURE.crop((0, 0, 320, 50))),
    (Crop(width=0.5, height=0.25, x=0.25, y=0.5), PICTURE.crop((80, 120, 240, 180))),
    (Crop(aspect=1.0, gravity="east", offset_x=10), PICTURE.crop((70, 0, 310, 240))),
    (Crop(width=100, height=50, focal_point=LEFT), PICTURE.crop((0, 215 - 25, 100, 240))),
    (Rotate(degrees=90), PICTURE.transpose(TURN.ROTATE_270)),  # Pillow turns the other way
    (Rotate(degrees=180), PICTURE.transpose(TURN.ROTATE_180)),
    (Rotate(degrees=270), PICTURE.transpose(TURN.ROTATE_90)),
    (Flip(axis="horizontal"), PICTURE.transpose(TURN.FLIP_LEFT_RIGHT)),
    (Flip(axis="vertical"), PICTURE.transpose(TURN.FLIP_TOP_BOTTOM)),
    (Flip(axis="both"), PICTURE.transpose(TURN.ROTATE_180)),
]
RESAMPLED: list[tuple[Resize, Image.Image]] = [
    (Resize(width=100), ImageOps.contain(PICTURE, (100, 1000), Image.Resampling.LANCZOS)),
    (
        Resize(width=100, height=100, fit="cover"),
        PICTURE.resize((133, 100), Image.Resampling.LANCZOS).crop((16, 0, 116, 100)),
    ),
    (
        Resize(width=100, height=200, fit="fill"),
        PICTURE.resize((100, 200), Image.Resampling.LANCZOS),
    ),
    (
        Resize(width=100, height=100, fit="cover", gravity="east", offset_x=3),
        PICTURE.resize((133, 100), Image.Resampling.LANCZOS).crop((30, 0, 130, 100)),
    ),
    (
        Resize(width=100, height=100, fit="cover", focal_point=LEFT),
        PICTURE.resize((133, 100), Image.Resampling.LANCZOS).crop((0, 0, 100, 100)),
    ),
    (
        Resize(width=100, height=100, fit="outside"),
        PICTURE.resize((133, 100), Image.Resampling.LANCZOS),
    ),
    (
        Resize(width=100, height=100, fit="contain", background="#ff0000ff"),
        ImageOps.pad(PICTURE, (100, 100), Image.Resampling.LANCZOS, "red", (0.5, 0.5)),
    ),
    (Resize(scale=0.5), PICTURE.resize((160, 120), Image.Resampling.LANCZOS)),
    (Resize(min_width=640), PICTURE.resize((640, 480), Image.Resampling.LANCZOS)),
    (
        Resize(width=640, height=480, enlarge=True),
        PICTURE.resize((640, 480), Image.Resampling.LANCZOS),
    ),
]


def _named(value: Operation | Image.Image) -> str:
    return str(value.size) if isinstance(value, Image.Image) else repr(value)


@pytest.mark.parametrize(("step", "expected"), EXACT, ids=_named)
def test_moving_pixels_is_exact(step: Operation, expected: Image.Image) -> None:
    """Crops, turns and flips move pixels and change none."""
    assert difference(rendered(DATA, step), expected) == 0


@pytest.mark.parametrize(("step", "expected"), RESAMPLED, ids=_named)
def test_resampling(step: Resize, expected: Image.Image) -> None:
    """A resized picture looks as Pillow's Lanczos has it."""
    assert difference(rendered(DATA, step), expected) < ALIKE


@given(st.sampled_from([(320, 240), (37, 300), (1, 90), (401, 3)]), small_steps)
@settings(max_examples=60)
def test_sizes_to_the_pixel(sides: tuple[int, int], steps: tuple[Operation, ...]) -> None:
    """Whatever the operations, the file has the size that the arithmetic promised."""
    size = Size(*sides)
    for step in steps:
        made = STEPS[type(step)].sizes(step, size)
        assume(all(one.pixels < A_FEW for one in made))
        size = made[-1]
    image = rendered(encoded(picture(*sides)), *steps)
    assert image.size == (size.width, size.height)


def test_operations_run_in_their_order() -> None:
    """Steps run in the order in which they were asked for."""
    steps = (Rotate(degrees=90), Crop(width=50, height=60, x=0, y=0), Flip(axis="horizontal"))
    expected = PICTURE.transpose(TURN.ROTATE_270).crop((0, 0, 50, 60))
    assert difference(rendered(DATA, *steps), ImageOps.mirror(expected)) == 0


def test_derived_prints_look_like_direct_ones() -> None:
    """A small print derived from a larger one looks as if made from the original alone."""
    recipes = {
        str(side): Recipe(steps=(Resize(width=side, height=side),)) for side in (200, 120, 60)
    }
    data = encoded(picture(1200, 900), "JPEG", quality=95)
    _, made = prints(data, recipes)
    for name, recipe in recipes.items():
        _, alone = prints(data, {name: recipe})
        assert difference(decoded(made[name]), decoded(alone[name])) < 4


def test_a_crop_outside_makes_nothing() -> None:
    """A box that reaches outside the image is refused, in the turned image's own measures."""
    steps = (Rotate(degrees=90), Crop(width=100, height=100, x=200, y=0))
    with pytest.raises(CropOutsideImageError, match="240 x 320"):
        rendered(DATA, *steps)


def test_a_giant_is_refused_unmade() -> None:
    """An enlargement past the limits is refused by arithmetic, not by trying."""
    with pytest.raises(OutputTooLargeError, match="65500 x 49125"):
        rendered(DATA, Resize(width=65_500, enlarge=True))
