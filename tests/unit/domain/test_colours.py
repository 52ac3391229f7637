"""Colours, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from calotype_core.domain.colours import channels, read_colour

bytes_of_colour = st.tuples(*[st.integers(0, 255)] * 4)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#f80", "#ff8800ff"),
        ("f80c", "#ff8800cc"),
        (" #FF8800 ", "#ff8800ff"),
        ("#ff8800cc", "#ff8800cc"),
        ("White", "#ffffffff"),
        ("transparent", "#00000000"),
    ],
)
def test_colours_are_read(text: str, colour: str) -> None:
    """Every way to write a colour comes to one form."""
    assert read_colour(text) == colour


@pytest.mark.parametrize("text", ["", "#", "#ff", "#fffff", "#gggggg", "reddish", "#ff8800cc0"])
def test_what_is_no_colour(text: str) -> None:
    """What is no colour is none."""
    assert read_colour(text) is None


def test_names_are_those_of_css() -> None:
    """Pillow's list of names, a second opinion, says the same."""
    for name in ImageColor.colormap:
        assert channels(read_colour(name) or "")[:3] == ImageColor.getrgb(name)[:3]


@given(bytes_of_colour)
def test_the_form_is_its_own(parts: tuple[int, int, int, int]) -> None:
    """A colour's one form is read as itself, and holds its four channels."""
    colour = "#" + bytes(parts).hex()
    assert read_colour(colour) == colour
    assert channels(colour) == parts
