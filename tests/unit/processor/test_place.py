"""Where boxes sit, and where the focal point is once pixels have moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.operations import GRAVITIES, Crop, Flip, Gravity, Rotate
from calotype_processor.sizes import Box, Size
from calotype_processor.steps.flip import focus_after as mirrored
from calotype_processor.steps.orient import focus_as_stored
from calotype_processor.steps.place import follow, place
from calotype_processor.steps.rotate import focus_after as turned
from tests import strategies

SIZE = Size(400, 300)
INNER = Size(100, 50)
FOCUS = FocalPoint(x=0.25, y=0.75)
any_size = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))


def corner(
    gravity: Gravity | None, x: float | None = None, y: float | None = None, *, seen: bool = False
) -> tuple[int, int]:
    at = place(INNER, SIZE, Crop(gravity=gravity, offset_x=x, offset_y=y), FOCUS if seen else None)
    assert at.size == INNER
    return at.left, at.top


@pytest.mark.parametrize(
    ("gravity", "expected"),
    [
        ("northwest", (0, 0)), ("north", (150, 0)), ("northeast", (300, 0)),
        ("west", (0, 125)), ("centre", (150, 125)), ("east", (300, 125)),
        ("southwest", (0, 250)), ("south", (150, 250)), ("southeast", (300, 250)),
        ("smart", (150, 125)), ("focal", (150, 125)), (None, (150, 125)),
    ],
)  # fmt: skip
def test_eleven_places(gravity: Gravity | None, expected: tuple[int, int]) -> None:
    """Each gravity has its place; without anything to see, that is the centre."""
    assert corner(gravity) == expected


@pytest.mark.parametrize("gravity", ["smart", "focal", None])
def test_the_focus_is_in_the_middle(gravity: Gravity | None) -> None:
    """A box is around what is to be seen, as far as the image has room for that."""
    assert corner(gravity, seen=True) == (50, 200)
    edge = place(INNER, SIZE, Crop(), FocalPoint(x=1, y=0))
    assert edge == Box(300, 0, INNER)


def test_an_edge_does_not_look() -> None:
    """Whoever names an edge gets it, wherever the focal point is."""
    assert corner("north", seen=True) == corner("north")
    assert corner("centre", seen=True) == corner("centre")


@pytest.mark.parametrize(
    ("gravity", "x", "y", "expected"),
    [
        ("northwest", 10, 20, (10, 20)),
        ("southeast", 10, 20, (290, 230)),
        ("southeast", -10, -20, (300, 250)),
        ("north", -10, 0.1, (140, 30)),
        ("centre", 0.25, -0.25, (250, 50)),
        ("northwest", 999, 999, (300, 250)),
        (None, 10, -5, (60, 195)),
    ],
)
def test_offsets_lead_away_from_the_edge(
    gravity: Gravity | None, x: float, y: float, expected: tuple[int, int]
) -> None:
    """An offset leads away from the edge that was named, else right and down; never outside."""
    assert corner(gravity, x, y, seen=True) == expected


@given(any_size, any_size, st.sampled_from(GRAVITIES), strategies.offsets, strategies.focal_points)
def test_a_box_stays_inside(
    one: Size, other: Size, gravity: Gravity, offset: float, focus: FocalPoint
) -> None:
    """However it is placed, a box lies inside."""
    inner = Size(min(one.width, other.width), min(one.height, other.height))
    at = place(inner, other, Crop(gravity=gravity, offset_x=offset, offset_y=offset), focus)
    assert 0 <= at.left <= other.width - inner.width
    assert 0 <= at.top <= other.height - inner.height


@given(strategies.focal_points, any_size)
def test_a_focus_in_the_picture_stays_where_it_shows(focus: FocalPoint, size: Size) -> None:
    """Room around a picture and back again leaves its focal point where it was."""
    wide = Size(size.width + 30, size.height + 20)
    there = follow(focus, size, (10, 20), wide)
    back = follow(there, wide, (-10, -20), size)
    assert back
    assert (back.x, back.y) == pytest.approx((focus.x, focus.y))


def test_a_focus_that_was_cut_off_is_at_the_edge() -> None:
    """What is cut off is looked for at the nearest edge."""
    assert follow(FOCUS, SIZE, (-200, 0), Size(100, 300)) == FocalPoint(x=0, y=0.75)
    assert follow(None, SIZE, (-200, 0), Size(100, 300)) is None


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(90, (0.25, 0.25)), (180, (0.75, 0.25)), (270, (0.75, 0.75)), (0, (0.25, 0.75))],
)
def test_a_focus_is_turned(degrees: int, expected: tuple[float, float]) -> None:
    """A quarter turn takes the focal point with it."""
    focus = turned(Rotate(degrees=degrees), SIZE, FOCUS)
    assert focus
    assert (focus.x, focus.y) == pytest.approx(expected)


@given(st.floats(0, 359.999), strategies.focal_points, any_size)
def test_the_middle_stays(degrees: float, focus: FocalPoint, size: Size) -> None:
    """Whatever the angle, the middle stays where it is, and no focal point leaves the image."""
    middle = turned(Rotate(degrees=degrees), size, FocalPoint(x=0.5, y=0.5))
    assert middle == FocalPoint(x=0.5, y=0.5)
    other = turned(Rotate(degrees=degrees), size, focus)
    assert other
    assert 0 <= other.x <= 1
    assert 0 <= other.y <= 1


@given(strategies.focal_points, st.sampled_from(["horizontal", "vertical", "both"]))
def test_a_mirrors_mirror(focus: FocalPoint, axis: str) -> None:
    """Mirrored twice, a focal point is where it was."""
    flip = Flip(axis=axis)  # type: ignore[arg-type]  # one of them
    twice = mirrored(flip, mirrored(flip, focus))
    assert twice
    assert (twice.x, twice.y) == pytest.approx((focus.x, focus.y))


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, (0.25, 0.75)), (2, (0.75, 0.75)), (3, (0.75, 0.25)), (4, (0.25, 0.25)),
        (5, (0.75, 0.25)), (6, (0.75, 0.75)), (7, (0.25, 0.75)), (8, (0.25, 0.25)),
    ],
)  # fmt: skip
def test_a_focus_in_what_is_stored(orientation: int, expected: tuple[float, float]) -> None:
    """A focal point is one of the picture as a person sees it, and found in what is stored."""
    assert focus_as_stored(FOCUS, orientation) == FocalPoint(x=expected[0], y=expected[1])
