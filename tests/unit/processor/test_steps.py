import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.operations import GRAVITIES, OPERATIONS, Crop, Flip, Resize, Rotate
from calotype_processor.errors import CropOutsideImageError
from calotype_processor.sizes import Box, Size
from calotype_processor.steps.crop import box
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.resize import sizes
from tests import strategies

SIZE = Size(400, 300)
any_size = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))

RESIZES = [
    (Resize(width=200), (200, 150)),
    (Resize(height=100), (133, 100)),
    (Resize(width=100, height=100), (100, 75)),
    (Resize(width=1000), (400, 300)),
    (Resize(width=800, enlarge=True), (800, 600)),
    (Resize(width=100, height=100, fit="cover"), (100, 100)),
    (Resize(width=500, height=200, fit="cover"), (400, 200)),
    (Resize(width=500, height=200, fit="cover", enlarge=True), (500, 200)),
    (Resize(width=100, fit="cover"), (100, 75)),
    (Resize(width=100, height=200, fit="fill"), (100, 200)),
    (Resize(width=100, height=900, fit="fill"), (100, 300)),
    (Resize(width=500, height=900, fit="fill", enlarge=True), (500, 900)),
    (Resize(width=200, fit="fill"), (200, 150)),
]


def test_every_operation_has_a_step() -> None:
    """Whatever can be asked can be done."""
    assert set(STEPS) == set(OPERATIONS.values())


@pytest.mark.parametrize(("resize", "expected"), RESIZES)
def test_resize_to_the_pixel(resize: Resize, expected: tuple[int, int]) -> None:
    """A resize of 400 x 300 has the size that its fit promises."""
    assert sizes(resize, SIZE)[-1] == Size(*expected)


@given(strategies.resizes, any_size)
def test_no_side_grows_unasked(resize: Resize, size: Size) -> None:
    """Unless enlarging was asked for, no side of an image grows."""
    assert resize.enlarge or all(size.holds(one) for one in sizes(resize, size))


@given(strategies.resizes, any_size)
def test_the_box_is_kept(resize: Resize, size: Size) -> None:
    """With both sides given, no result is larger than what was asked for."""
    result = sizes(resize, size)[-1]
    if resize.width and resize.height:
        assert Size(resize.width, resize.height).holds(result)


@given(any_size, st.integers(1, 9000), st.integers(1, 9000), st.sampled_from(GRAVITIES))
def test_gravity_stays_inside(size: Size, width: int, height: int, gravity: str) -> None:
    """A box placed by gravity lies inside the image, and is smaller only where the image is."""
    kept = box(Crop(width=width, height=height, gravity=gravity), size)  # type: ignore[arg-type]  # one of them
    assert kept.size == Size(min(width, size.width), min(height, size.height))
    assert 0 <= kept.left <= size.width - kept.size.width
    assert 0 <= kept.top <= size.height - kept.size.height


@pytest.mark.parametrize(
    ("gravity", "corner"),
    [
        ("northwest", (0, 0)), ("north", (150, 0)), ("northeast", (300, 0)),
        ("west", (0, 125)), ("centre", (150, 125)), ("east", (300, 125)),
        ("southwest", (0, 250)), ("south", (150, 250)), ("southeast", (300, 250)),
    ],
)  # fmt: skip
def test_nine_places(gravity: str, corner: tuple[int, int]) -> None:
    """Each gravity has its place."""
    crop = Crop(width=100, height=50, gravity=gravity)  # type: ignore[arg-type]  # one of them
    assert box(crop, SIZE) == Box(*corner, Size(100, 50))


def test_a_crop_outside_is_an_error() -> None:
    """A box that reaches one pixel outside is refused, and the message has the image's size."""
    assert box(Crop(width=100, height=100, x=300, y=200), SIZE).left == 300
    with pytest.raises(CropOutsideImageError, match="400 x 300"):
        box(Crop(width=100, height=100, x=301, y=200), SIZE)


def test_turns_swap_sides() -> None:
    """A quarter turn swaps the sides; half a turn and a flip keep them."""
    assert STEPS[Rotate].sizes(Rotate(degrees=90), SIZE) == (Size(300, 400),)
    assert STEPS[Rotate].sizes(Rotate(degrees=180), SIZE) == (SIZE,)
    assert STEPS[Flip].sizes(Flip(axis="both"), SIZE) == (SIZE,)
