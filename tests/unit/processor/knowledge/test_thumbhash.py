from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_processor.knowledge.thumbhash import thumbhash
from calotype_processor.sizes import Size
from tests.unit.processor.knowledge.rasters import flat, formula

# By the author's own npm package, thumbhash 0.1.1.
VECTORS = [
    (32, 24, False, "WhkKRYhjcZlwdYl5l3d3iGZ/5W+K"),
    (20, 50, False, "nBgKKwhVUDOUhnhpVm3v/ok="),
    (33, 32, True, "HCmGHYQHdENgVpTHaGZ/u39oZ2IzM2MCZA=="),
]
bytes_ = st.integers(0, 255)


def average(text: str) -> tuple[float, float, float, float]:
    """Return the mean colour as a decoder reads it, each 0 to 1."""
    hashed = b64decode(text)
    header = int.from_bytes(hashed[:3], "little")
    luma = (header & 63) / 63
    yellow = (header >> 6 & 63) / 31.5 - 1
    red_green = (header >> 12 & 63) / 31.5 - 1
    blue = luma - 2 / 3 * yellow
    red = (3 * luma - blue + red_green) / 2
    alpha = (hashed[5] & 15) / 15 if header >> 23 else 1.0
    return red, red - red_green, blue, alpha


def shape(text: str) -> float:
    """Return the width by the height, as a decoder reads it."""
    hashed = b64decode(text)
    longer, shorter = (5 if hashed[2] & 0x80 else 7), hashed[3] & 7
    return longer / shorter if hashed[4] & 0x80 else shorter / longer


@pytest.mark.parametrize(("columns", "rows", "veiled", "expected"), VECTORS)
def test_the_author_agrees(*, columns: int, rows: int, veiled: bool, expected: str) -> None:
    """Every byte is the author's own."""
    picture = formula(columns, rows, veiled=veiled)
    assert thumbhash(picture, Size(columns, rows)) == expected


@given(bytes_, bytes_, bytes_, st.integers(0, 15))
def test_a_plain_picture_is_plain(red: int, green: int, blue: int, opacity: int) -> None:
    """A picture of one colour keeps it, and how much of it shines through."""
    text = thumbhash(flat((red, green, blue, opacity * 17)), Size(3, 2))
    *colour, alpha = average(text)
    assert alpha == opacity / 15
    if opacity:
        assert colour == pytest.approx([red / 255, green / 255, blue / 255], abs=0.05)
    assert not any(b64decode(text)[6:])


@pytest.mark.parametrize(
    ("size", "expected"),
    [(Size(4000, 3000), 7 / 5), (Size(3000, 4000), 5 / 7), (Size(9, 9), 1), (Size(9000, 1), 7)],
)
def test_the_shape_is_the_original_s(size: Size, expected: float) -> None:
    """The hash tells the original's shape, though it is counted from a square."""
    assert shape(thumbhash(formula(32, 32), size)) == pytest.approx(expected)
