"""Every operation against Pillow, which shares no code with libvips."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import GRAVITIES, Crop, Flip, Operation, Resize, Rotate
from calotype_processor.errors import CropOutsideImageError, OutputTooLargeError
from calotype_processor.sizes import Size
from calotype_processor.steps.registry import STEPS
from tests.photographs import picture
from tests.pixels.studio import decoded, difference, encoded, prints, rendered

PICTURE = picture(320, 240)
DATA = encoded(PICTURE)
TURN = Image.Transpose
ALIKE = 2.0  # of 255: resampling filters differ in the last digits

small = st.integers(1, 400)
small_steps = st.lists(
    st.one_of(
        st.builds(Crop, width=small, height=small, gravity=st.sampled_from(GRAVITIES)),
        st.builds(
            Resize,
            width=small,
            height=small,
            fit=st.sampled_from(["inside", "cover", "fill"]),
            enlarge=st.booleans(),
        ),
        st.builds(Resize, width=small, enlarge=st.booleans()),
        st.builds(Rotate, degrees=st.sampled_from([90, 180, 270])),
        st.builds(Flip, axis=st.sampled_from(["horizontal", "vertical", "both"])),
    ),
    max_size=4,
).map(tuple)

EXACT: list[tuple[Operation, Image.Image]] = [
    (Crop(width=100, height=50, x=20, y=30), PICTURE.crop((20, 30, 120, 80))),
    (Crop(width=100, height=50), PICTURE.crop((110, 95, 210, 145))),
    (Crop(width=100, height=50, gravity="southeast"), PICTURE.crop((220, 190, 320, 240))),
    (Crop(width=900, height=50, gravity="north"), PICTURE.crop((0, 0, 320, 50))),
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
        size = STEPS[type(step)].sizes(step, size)[-1]
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
