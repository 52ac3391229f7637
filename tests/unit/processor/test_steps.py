import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.operations import (
    OPERATIONS,
    Crop,
    Extend,
    Flip,
    Operation,
    Pad,
    Resize,
    Rotate,
    RoundCorners,
    Trim,
)
from calotype_processor.errors import CropOutsideImageError
from calotype_processor.sizes import Box, Size, largest, smallest
from calotype_processor.steps.crop import box
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.resize import fit_of, sizes
from calotype_processor.steps.round_corners import radii
from calotype_processor.steps.trim import even
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
    (Resize(width=100, height=100, fit="outside"), (133, 100)),
    (Resize(width=900, height=100, fit="outside"), (400, 300)),
    (Resize(width=100, height=100, fit="contain"), (100, 100)),
    (Resize(width=900, height=900, fit="contain"), (900, 900)),
    (Resize(width=100, fit="contain"), (100, 75)),
    (Resize(width=200, height=100, fit="auto"), (200, 100)),
    (Resize(width=100, height=200, fit="auto"), (100, 75)),
    (Resize(width=100, height=200, adaptive=True), (133, 100)),
    (Resize(scale=0.5), (200, 150)),
    (Resize(scale=2), (400, 300)),
    (Resize(scale=2, enlarge=True), (800, 600)),
    (Resize(min_width=800), (800, 600)),
    (Resize(width=100, min_height=150), (200, 150)),
    (Resize(width=100, height=100, min_height=150, fit="cover"), (100, 150)),
    (Resize(width=100, height=100, min_height=150, fit="contain"), (200, 150)),
    (Resize(width=100, height=100, min_height=150, fit="fill"), (100, 150)),
    (Resize(width=15, dpr=1.5), (23, 17)),
]
SIZES: list[tuple[Operation, tuple[int, int]]] = [
    (Crop(width=100, height=0.5), (100, 150)),
    (Crop(width=100), (100, 300)),
    (Crop(height=0.25), (400, 75)),
    (Crop(aspect=1.0), (300, 300)),
    (Crop(aspect=2.0), (400, 200)),
    (Crop(aspect=0.5, width=100), (100, 200)),
    (Crop(aspect=0.5, height=100), (50, 100)),
    (Crop(aspect=0.5, width=300), (150, 300)),
    (Crop(width=999, height=999), (400, 300)),
    (Crop(width=0.0001), (1, 300)),
    (Crop(x=100, y=0, height=50), (300, 50)),
    (Crop(x=0.5, y=0.5, aspect=1.0), (150, 150)),
    (Rotate(degrees=90), (300, 400)),
    (Rotate(degrees=180), (400, 300)),
    (Rotate(degrees=0), (400, 300)),
    (Rotate(degrees=45), (495, 495)),
    (Rotate(degrees=30), (496, 460)),
    (Rotate(degrees=0.01), (400, 300)),
    (Flip(axis="both"), (400, 300)),
    (Trim(), (400, 300)),
    (Extend(width=500), (500, 300)),
    (Extend(width=100, height=400), (400, 400)),
    (Extend(aspect=1.0), (400, 400)),
    (Extend(aspect=2.0), (600, 300)),
    (Pad(top=1, right=0.5, bottom=3), (600, 304)),
    (RoundCorners(radius=0.5), (400, 300)),
]


def test_every_operation_has_a_step() -> None:
    """Whatever can be asked can be done."""
    assert set(STEPS) == set(OPERATIONS.values())


@pytest.mark.parametrize(("resize", "expected"), RESIZES)
def test_resize_to_the_pixel(resize: Resize, expected: tuple[int, int]) -> None:
    """A resize of 400 x 300 has the size that its fit promises."""
    assert sizes(resize, SIZE)[-1] == Size(*expected)


@pytest.mark.parametrize(("operation", "expected"), SIZES)
def test_sizes_to_the_pixel(operation: Operation, expected: tuple[int, int]) -> None:
    """Parts, proportions and angles come to whole pixels in one way: half up, never below one."""
    assert STEPS[type(operation)].sizes(operation, SIZE)[-1] == Size(*expected)


@given(strategies.resizes, any_size)
def test_no_side_grows_unasked(resize: Resize, size: Size) -> None:
    """Unless it was asked for, no side of an image grows."""
    asked = resize.enlarge or resize.min_width or resize.min_height or resize.fit == "contain"
    assert asked or all(size.holds(one) for one in sizes(resize, size))


@given(strategies.resizes, any_size)
def test_the_box_is_kept(resize: Resize, size: Size) -> None:
    """With both sides given, no result is larger than asked for; what contains has that size."""
    result = sizes(resize, size)[-1]
    if resize.width and resize.height and not (resize.min_width or resize.min_height):
        asked = Size(resize.width, resize.height)
        if resize.adaptive and (resize.width > resize.height) != (size.width > size.height):
            asked = asked.turned()
        fit = fit_of(resize, size)
        assert fit == "outside" or asked.holds(result)
        assert fit != "contain" or result == asked


@given(strategies.resizes, any_size)
def test_the_least_is_reached(resize: Resize, size: Size) -> None:
    """No result is smaller than the least that was asked for, whatever the fit."""
    assert sizes(resize, size)[-1].holds(Size(resize.min_width or 1, resize.min_height or 1))


@given(any_size, st.floats(0.001, 1000))
def test_proportions(size: Size, aspect: float) -> None:
    """The largest box lies inside, the smallest outside, and each touches the image's edges."""
    inside, outside = largest(aspect, size), smallest(aspect, size)
    assert size.holds(inside)
    assert outside.holds(size)
    for one in (inside, outside):
        assert one.width == size.width or one.height == size.height
        thin = min(one.width, one.height) == 1
        assert thin or abs(one.width - one.height * aspect) <= max(1, aspect)


@given(strategies.crops, any_size)
def test_a_crop_is_inside(crop: Crop, size: Size) -> None:
    """A crop's box lies inside the image, or it is refused; by gravity it always does."""
    try:
        kept = box(crop, size)
    except CropOutsideImageError:
        assert crop.x is not None
        return
    assert size.holds(kept.size)
    assert 0 <= kept.left <= size.width - kept.size.width
    assert 0 <= kept.top <= size.height - kept.size.height


@given(any_size, st.floats(0, 0.999), st.floats(0.001, 1))
def test_parts_never_reach_outside(size: Size, start: float, end: float) -> None:
    """A box of parts that lies inside does so on an image of any size, whatever the rounding."""
    if (length := end - start) > 0:
        kept = box(Crop(x=start, y=start, width=length, height=length), size)
        assert size.holds(kept.size)


def test_parts_share_their_edges() -> None:
    """Neighbouring boxes of parts leave no gap and do not overlap."""
    left, right = (box(Crop(x=x, y=0, width=0.5), Size(5, 5)) for x in (0, 0.5))
    assert (left, right) == (Box(0, 0, Size(3, 5)), Box(3, 0, Size(2, 5)))


def test_a_crop_outside_is_an_error() -> None:
    """A box that reaches one pixel outside is refused, and the message has the image's size."""
    assert box(Crop(width=100, height=100, x=300, y=200), SIZE).left == 300
    with pytest.raises(CropOutsideImageError, match="400 x 300"):
        box(Crop(width=100, height=100, x=301, y=200), SIZE)
    with pytest.raises(CropOutsideImageError, match=r"320 x 300 pixels at 200, 0 .* 400 x 300"):
        box(Crop(width=0.8, x=0.5, y=0), SIZE)


@pytest.mark.parametrize(
    ("trim", "expected"),
    [
        (Trim(), Box(10, 20, Size(360, 240))),
        (Trim(equal_horizontal=True), Box(10, 20, Size(380, 240))),
        (Trim(equal_vertical=True), Box(10, 20, Size(360, 260))),
    ],
)
def test_an_even_trim(trim: Trim, expected: Box) -> None:
    """An even trim cuts as much off an edge as off the one across."""
    assert even(trim, Box(10, 20, Size(360, 240)), SIZE) == expected


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        (RoundCorners(radius=10), (10, 10)),
        (RoundCorners(radius=0.5), (150, 150)),
        (RoundCorners(radius=999), (150, 150)),
        (RoundCorners(radius=999, radius_y=10), (200, 10)),
    ],
)
def test_radii(corners: RoundCorners, expected: tuple[int, int]) -> None:
    """A corner is round, and never longer than half a side."""
    assert radii(corners, SIZE) == expected
