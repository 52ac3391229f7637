"""What geometry takes and refuses, and the one form that each way of asking has."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.focal_points import EXPECTED, read_focal_point
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import MAIN, Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.operations import (
    GRAVITIES,
    LONGEST_SIDE,
    OPERATIONS,
    Crop,
    Extend,
    Operation,
    Pad,
    Resize,
)
from calotype_core.domain.problems import Problem, ProblemsError

BOX = {"width": 40, "height": 30}
ALIKE: dict[str, list[Any]] = {
    "fit and its other name": [
        {"resize": BOX},
        {"resize": {**BOX, "fit": "fit"}},
        {"resize": {**BOX, "fit": "inside"}},
    ],
    "fill and its other name": [
        {"resize": {**BOX, "fit": "fill"}},
        {"resize": {**BOX, "fit": "force"}},
    ],
    "a dpr, multiplied out": [
        {"resize": {"width": 400, "height": 300, "minWidth": 10, "fit": "cover", "offsetX": -20}},
        {
            "resize": {
                "width": 200, "height": 150, "minWidth": 5, "fit": "cover", "offsetX": -10, "dpr": 2
            }
        },
    ],
    "a dpr, and parts": [
        {"resize": {"width": 15, "fit": "cover", "offsetX": 0.5}},
        {"resize": {"width": 10, "fit": "cover", "offsetX": 0.5, "dpr": 1.5}},
    ],
    "a dpr of a scale": [{"resize": {"scale": 0.5}}, {"resize": {"scale": 0.25, "dpr": 2}}],
    "the focal point, which is the default": [
        {"resize": {**BOX, "fit": "cover"}},
        {"resize": {**BOX, "fit": "cover", "gravity": "focal", "offsetX": 0, "offsetY": 0.0}},
    ],
    "a place where nothing is placed": [
        {"resize": BOX},
        {"resize": {**BOX, "gravity": "north", "offsetX": 5, "background": "red"}},
        {"resize": {**BOX, "adaptive": False, "focalPoint": "0.1,0.1"}},
    ],
    "a picture in the middle of its room": [
        {"resize": {**BOX, "fit": "contain"}},
        {"resize": {**BOX, "fit": "contain", "gravity": "centre", "background": "transparent"}},
        {"resize": {**BOX, "fit": "contain", "gravity": "smart", "background": "#0000"}},
    ],
    "room, by default": [
        {"extend": {"aspect": "16:9"}},
        {"extend": {"aspect": "32:18", "gravity": "centre"}},
        {"extend": {"aspect": 16 / 9, "gravity": "focal", "background": "transparent"}},
    ],
    "colours": [
        {"extend": {**BOX, "background": one}} for one in ("#f80", "#FF8800", "ff8800ff", " #f80f ")
    ],
    "turns": [{"rotate": one} for one in (90, 90.0, -270, {"degrees": 90, "background": "red"})],
    "full turns": [{"rotate": one} for one in (0, 360, -360, -0.0)],
    "padding": [
        {"pad": 5},
        {"pad": {"edges": 5}},
        {"pad": {"top": 5, "right": 5, "bottom": 5, "left": 5}},
        {"pad": {"edges": 5, "left": 5}},
    ],
    "padding at some edges": [
        {"pad": {"left": 5, "top": 0.5}},
        {"pad": {"edges": 0, "left": 5, "top": 0.5}},
        {"pad": {"left": 5, "top": 0.5, "right": 0, "bottom": 0.0}},
    ],
    "focal points": [
        {"crop": {**BOX, "focalPoint": one}}
        for one in ("0.5,1", "0.50, 1.0", {"x": 0.5, "y": 1}, {"y": 1.0, "x": 0.5})
    ],
    "corners": [{"roundCorners": 9}, {"roundCorners": {"radius": 9, "radiusY": 9}}],
    "a trim": [
        {"trim": {}},
        {"trim": 10},
        {"trim": {"threshold": 10.0, "colour": "northwest", "equalVertical": False}},
    ],
    "upright": [{}, {"autoOrient": True}],
}  # fmt: skip


def parse(document: object) -> Instructions:
    return parse_instructions(json.dumps(document), {})


def step(document: object) -> Operation:
    [operation] = parse(document).renditions[MAIN].steps
    return operation


@pytest.mark.parametrize("written", ALIKE.values(), ids=ALIKE)
def test_what_is_alike_is_one_text(written: list[Any]) -> None:
    """What does the same has one canonical form, which means the same again."""
    forms = {parse(one).canonical() for one in written}
    assert len(forms) == 1
    assert {parse_instructions(one, {}).canonical() for one in forms} == forms


def test_parts_are_no_pixels() -> None:
    """Whole numbers are pixels, what is below 1 a part of the side."""
    assert step({"crop": {"width": 1, "height": 0.5, "x": 0, "y": 0.25}}) == Crop(
        width=1, height=0.5, x=0, y=0.25
    )
    assert step({"extend": {"aspect": 2}}) == Extend(aspect=2.0)
    assert step({"pad": 0.1}) == Pad(top=0.1, right=0.1, bottom=0.1, left=0.1)
    assert step({"resize": {"width": 3, "dpr": 1.5}}) == Resize(width=5)  # half up


_sides = st.integers(1, 3_000)
_colours = st.sampled_from(["red", "#F00", "ff0000ff", "#f008", "auto", "blur", "transparent"])
written_resizes = st.fixed_dictionaries(
    {"width": _sides},
    optional={
        "height": _sides,
        "fit": st.sampled_from(["fit", "force", "inside", "cover", "contain", "auto"]),
        "minHeight": _sides,
        "dpr": st.floats(0.1, 10) | st.integers(1, 10),
        "gravity": st.sampled_from(GRAVITIES),
        "offsetX": st.integers(-500, 500) | st.floats(-0.99, 0.99),
        "background": _colours,
        "adaptive": st.booleans(),
    },
)
written = st.fixed_dictionaries(
    {"resize": written_resizes},
    optional={
        "rotate": st.floats(-360, 360) | st.integers(-360, 360),
        "extend": st.fixed_dictionaries({"aspect": st.sampled_from(["16:9", "1:2", 1, 1.5])}),
        "pad": st.integers(1, 99) | st.fixed_dictionaries({"top": st.floats(0.01, 0.99)}),
        "roundCorners": st.fixed_dictionaries({"radius": _sides}, optional={"radiusY": _sides}),
        "background": _colours.filter(lambda one: one != "blur"),
        "trim": st.fixed_dictionaries({}, optional={"threshold": st.integers(0, 255)}),
    },
)


@given(written)
def test_any_way_of_writing_it(document: dict[str, Any]) -> None:
    """However it was written, the canonical form is its own, and names the same rendition."""
    asked = parse(document)
    text = asked.canonical()
    assert parse_instructions(text, {}) == asked
    assert parse_instructions(text, {}).canonical() == text
    assert parse([{name: document[name]} for name in OPERATIONS if name in document]) == asked


@given(written_resizes.filter(lambda one: "dpr" not in one), st.integers(1, 10))
def test_pixel_ratios_are_multiplied_out(resize: dict[str, Any], dpr: int) -> None:
    """A pixel ratio is a shorter way of writing larger numbers, and no part of the key."""
    pixels = {
        name: value * dpr
        for name, value in resize.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    [dense] = parse({"resize": {**resize, "dpr": dpr}}).renditions.values()
    [plain] = parse({"resize": {**resize, **pixels}}).renditions.values()
    assert dense.digest == plain.digest


LENGTH = f"a whole number of pixels from 1 to {LONGEST_SIDE}, or a part between 0 and 1"
OFFSET = (
    f"a whole number of pixels from -{LONGEST_SIDE} to {LONGEST_SIDE}, or a part between -1 and 1"
)
RATIO = 'width to height, such as "16:9" or 1.78, from 1:1000 to 1000:1'
WRONG: list[tuple[Any, str, str]] = [
    ({"crop": {"width": 0}}, "crop.width", LENGTH),
    ({"crop": {"width": 1.0}}, "crop.width", LENGTH),  # all of it, or a pixel? nobody knows
    ({"crop": {"width": -0.5}}, "crop.width", LENGTH),
    ({"crop": {"width": True}}, "crop.width", LENGTH),
    ({"crop": {"width": 9, "x": -1, "y": 0}}, "crop.x", LENGTH.replace("1 to 65500", "0 to 65499")),
    ({"crop": {"width": 9, "offsetX": 1.5}}, "crop.offsetX", OFFSET),
    ({"crop": {"width": 9, "offsetX": "1"}}, "crop.offsetX", OFFSET),
    ({"crop": {"aspect": "16/9"}}, "crop.aspect", RATIO),
    ({"crop": {"aspect": "16:0"}}, "crop.aspect", RATIO),
    ({"crop": {"aspect": "1:1001"}}, "crop.aspect", RATIO),
    ({"crop": {"aspect": 0}}, "crop.aspect", RATIO),
    ({"crop": {"aspect": float("nan")}}, "crop.aspect", RATIO),
    ({"crop": {"aspect": 1, "width": 9, "height": 9}}, "crop", "two of width, height and aspect"),
    ({"crop": {"width": 9, "focalPoint": {"x": 2, "y": 0}}}, "crop.focalPoint", EXPECTED),
    ({"crop": {"width": 9, "focalPoint": {"x": 0}}}, "crop.focalPoint", EXPECTED),
    (
        {"crop": {"width": 9, "x": 0, "y": 0, "gravity": "smart"}},
        "crop",
        "either x and y, or gravity",
    ),
    (
        {"crop": {"width": 9, "gravity": "north", "focalPoint": "0,0"}},
        "crop",
        "either gravity or focalPoint",
    ),
    (
        {"resize": {"width": 40_000, "dpr": 2}},
        "resize",
        "at most 65500 pixels once dpr multiplies them",
    ),
    (
        {"resize": {"scale": 60, "dpr": 2}},
        "resize",
        "a number from 0.001 to 100 once dpr multiplies it",
    ),
    ({"resize": {"scale": 0.5, "width": 9}}, "resize", "either scale, or width and height"),
    ({"resize": {"dpr": 2}}, "resize", "width, height or both"),
    ({"extend": {}}, "extend", "width, height or aspect"),
    ({"extend": {"aspect": 1, "width": 9}}, "extend", "either aspect, or width and height"),
    ({"pad": 0}, "pad", "top, right, bottom or left, or one number for all"),
    ({"pad": {"top": -1}}, "pad.top", LENGTH.replace("1 to 65500", "0 to 65499")),
    ({"background": {}}, "background", "colour"),
    ({"roundCorners": {}}, "roundCorners", "radius"),
    ({"trim": -1}, "trim.threshold", "a number from 0 to 255"),
    ({"autoOrient": "no"}, "autoOrient", "true or false"),
]


@pytest.mark.parametrize(("document", "path", "expected"), WRONG)
def test_a_problem_has_its_path(document: object, path: str, expected: str) -> None:
    """What geometry cannot take is said with its path and with what was expected."""
    with pytest.raises(ProblemsError) as caught:
        parse(document)
    [one] = caught.value.problems
    assert isinstance(one, Problem)
    assert (one.path, one.expected) == (path, expected)


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("extend", "background"),
        ("pad", "background"),
        ("roundCorners", "background"),
        ("rotate", "background"),
        ("background", "colour"),
        ("trim", "colour"),
    ],
)
def test_a_colour_has_a_name_or_digits(operation: str, field: str) -> None:
    """A colour that is none is refused wherever one is taken."""
    with pytest.raises(ProblemsError, match=rf"{operation}\.{field}: expected a colour such as"):
        parse({operation: {field: "reddish"}})


@given(st.floats(0, 1), st.floats(0, 1))
def test_any_focal_point(x: float, y: float) -> None:
    """A focal point is read from an object, and from text of plain digits, as it is."""
    assert read_focal_point({"x": x, "y": y}) == FocalPoint(x=x, y=y)
    text = read_focal_point(f"{x:.6f},{y:.6f}")
    assert text
    assert (text.x, text.y) == pytest.approx((x, y), abs=1e-6)


@given(st.recursive(st.none() | st.floats() | st.text(), st.lists))
def test_what_is_no_focal_point(given_: object) -> None:
    """Anything else is none, and no crash."""
    read = read_focal_point(given_)
    assert read is None or isinstance(given_, str)
