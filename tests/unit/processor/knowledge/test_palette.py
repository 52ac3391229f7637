from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.image import Colour
from calotype_processor.knowledge.palette import MOST, colours
from calotype_processor.knowledge.raster import Raster
from tests.unit.processor.knowledge.rasters import WHITE, flat, formula, striped

RED, BLUE, GREEN = (200, 30, 40, 255), (20, 40, 180, 255), (10, 160, 60, 255)
NOTHING = (90, 90, 90, 0)


def test_flat_colours_come_out_exactly() -> None:
    """A picture of two or three colours has those, to the digit, the largest first."""
    two = colours(striped(RED, BLUE, widths=(24, 40)))
    assert two == (Colour(hex="#1428b4", share=0.625), Colour(hex="#c81e28", share=0.375))
    three = colours(striped(RED, BLUE, GREEN, widths=(32, 16, 16)))
    assert [one.hex for one in three] == ["#c81e28", "#0aa03c", "#1428b4"]


def test_where_colours_meet_there_is_no_third() -> None:
    """The mixture at an edge, which scaling makes, is no colour of the picture."""
    between = (110, 35, 110, 255)
    found = colours(striped(RED, between, BLUE, widths=(24, 1, 39)))
    assert [one.hex for one in found] == ["#1428b4", "#c81e28"]
    assert sum(one.share for one in found) < 1


def test_nearly_equal_colours_are_one() -> None:
    """What nobody could tell apart is told of once."""
    assert len(colours(striped(RED, (201, 31, 40, 255), widths=(32, 32)))) == 1


def test_transparent_pixels_have_no_colour() -> None:
    """The shares are of the whole picture, and what is transparent has none."""
    (only,) = colours(striped(RED, NOTHING, widths=(16, 48)))
    assert only == Colour(hex="#c81e28", share=0.25)
    assert colours(flat(NOTHING)) == ()
    assert colours(flat(WHITE)) == (Colour(hex="#ffffff", share=1.0),)


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_any_picture(columns: int, rows: int, data: st.DataObject) -> None:
    """Any picture has six colours at most, whose shares are of a whole, and always the same."""
    size = columns * rows * 4
    seen = Raster.of(data.draw(st.binary(min_size=size, max_size=size)), columns, has_alpha=True)
    found = colours(seen)
    assert len(found) <= MOST
    assert sum(one.share for one in found) <= 1 + 1e-9
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert found == colours(seen)


def test_a_picture_of_many_colours_has_six() -> None:
    """Of a picture with thousands of colours, the six are of its pixels."""
    found = colours(formula(64, 64))
    assert len({one.hex for one in found}) == MOST
