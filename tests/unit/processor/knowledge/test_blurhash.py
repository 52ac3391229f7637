from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_processor.knowledge.blurhash import blurhash
from calotype_processor.knowledge.raster import LINEAR
from tests.unit.processor.knowledge.rasters import WHITE, flat, formula, striped

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
Light = tuple[float, ...]
# By the C encoder of woltapp/blurhash, as blurhash-python 1.2.2 has it; the last over white.
VECTORS = [
    (32, 24, False, "LXH27FQqQ?13Nnj0E%ocamW.azxY"),
    (20, 50, False, "LNHUtZzfU+xamPE41cpnfu6y-T;5"),
    (33, 32, True, "LHNTahrLzeI_s_V[JBBnRyxHOr=x"),
]


def number(text: str) -> int:
    value = 0
    for one in text:
        value = value * 83 + DIGITS.index(one)
    return value


def components(text: str) -> Sequence[Light]:
    """Return the light of each component, by woltapp/blurhash's Algorithm.md."""
    colour = number(text[2:6])
    found: list[Light] = [tuple(LINEAR[colour >> shift & 255] for shift in (16, 8, 0))]
    largest = (number(text[1]) + 1) / 166
    for start in range(6, len(text), 2):
        value = number(text[start : start + 2])
        parts = (value // 361 - 9, value // 19 % 19 - 9, value % 19 - 9)
        found.append(tuple(abs(one) * one / 81 * largest for one in parts))
    return found


def light_at(text: str, x: float, y: float) -> Light:
    """Return what a decoder shows at a place, 0 to 1 from the top left corner."""
    waves = [cos(pi * i * x) * cos(pi * j * y) for j in range(3) for i in range(4)]
    parts = list(zip(waves, components(text), strict=True))
    return tuple(sum(wave * one[channel] for wave, one in parts) for channel in range(3))


@pytest.mark.parametrize(("columns", "rows", "veiled", "expected"), VECTORS)
def test_the_first_implementation_agrees(
    *, columns: int, rows: int, veiled: bool, expected: str
) -> None:
    """Counted from pixels' edges, every digit is the first implementation's."""
    assert blurhash(formula(columns, rows, veiled=veiled), phase=0) == expected


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_a_plain_picture_is_plain(red: int, green: int, blue: int) -> None:
    """A picture of one colour keeps it to the digit, and has no shades."""
    text = blurhash(flat((red, green, blue, 255)))
    assert number(text[2:6]) == red << 16 | green << 8 | blue
    assert all(not any(one) for one in components(text)[1:])


def test_a_decoder_shows_the_picture() -> None:
    """A picture that is dark at the left and light at the right is so again when it is decoded."""
    greys: Sequence[tuple[int, int, int, int]] = [(v, v, v, 255) for v in (10, 80, 160, 240)]
    text = blurhash(striped(*greys, widths=(8, 8, 8, 8)))
    shown = [light_at(text, x, 0.5)[0] for x in (0.1, 0.35, 0.6, 0.9)]
    assert all(darker < lighter for darker, lighter in pairwise(shown))
    assert abs(shown[0] - light_at(text, 0.1, 0.1)[0]) < 0.01  # the same from top to bottom


def test_what_is_transparent_is_white() -> None:
    """Where nothing is, the page is seen."""
    assert blurhash(flat((200, 0, 0, 0))) == blurhash(flat(WHITE))
