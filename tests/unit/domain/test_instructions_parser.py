"""What is wrong with instructions is said, all of it, with its path; nothing else is raised."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.instructions_parser import (
    MAX_RENDITIONS,
    MAX_STEPS,
    MAX_TEXT_BYTES,
    parse_instructions,
    parse_presets,
)
from calotype_core.domain.operations import LONGEST_SIDE
from calotype_core.domain.problems import Problem, ProblemsError

PRESETS = parse_presets('{"small": {"resize": {"width": 9}}, "tiny": {"resize": {"width": 3}}}')


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ProblemsError) as caught:
        parse_instructions(text, PRESETS)
    return caught.value.problems


def problem(document: object) -> tuple[str, str, str]:
    [one] = problems(json.dumps(document))
    return one.path, one.expected, one.got


SIDE = f"a whole number of pixels from 1 to {LONGEST_SIDE}"
FORMAT_QUALITY = (
    'an object such as {"webp": 70}: of jpeg, webp and avif, each a whole number from 1 to 100'
)
DEGREES = "a number of degrees from -360 to 360"
WRONG: list[tuple[Any, str, str, str]] = [
    ({"resize": {"width": 0}}, "resize.width", SIDE, "0"),
    ({"resize": {"width": LONGEST_SIDE + 1}}, "resize.width", SIDE, "65501"),
    ({"resize": {"width": 1.5}}, "resize.width", SIDE, "1.5"),
    ({"resize": {"width": "800"}}, "resize.width", SIDE, '"800"'),
    ({"resize": {"width": True}}, "resize.width", SIDE, "true"),
    ({"resize": {"width": None}}, "resize.width", SIDE, "null"),
    ({"resize": {"width": float("nan")}}, "resize.width", SIDE, "NaN"),
    ({"resize": {"width": float("inf")}}, "resize.width", SIDE, "Infinity"),
    ({"resize": {}}, "resize", "width, height or both", "{}"),
    ({"resize": 800}, "resize", "an object", "800"),
    (
        {"resize": {"width": 9, "fit": "crop"}},
        "resize.fit",
        "one of inside, cover, contain, fill, outside, auto, fit, force",
        '"crop"',
    ),
    ({"resize": {"width": 9, "enlarge": 1}}, "resize.enlarge", "true or false", "1"),
    ({"resize": {"widht": 9, "height": 9}}, "resize.widht", "'width'?", '"widht"'),
    ({"crop": {"x": 9, "y": 0}}, "crop", "width, height or aspect", '{"x": 9, "y": 0}'),
    (
        {"crop": {"width": 9, "height": 9, "x": 1}},
        "crop",
        "x and y together",
        '{"width": 9, "height": 9, "x": 1}',
    ),
    ({"rotate": 361}, "rotate.degrees", DEGREES, "361"),
    ({"rotate": "90"}, "rotate.degrees", DEGREES, '"90"'),
    ({"rotate": {}}, "rotate", "degrees", "{}"),
    ({"flip": "diagonal"}, "flip.axis", "one of horizontal, vertical, both", '"diagonal"'),
    ({"brightness": 101}, "brightness.amount", "a number from -100 to 100", "101"),
    ({"contrast": {}}, "contrast", "amount", "{}"),
    ({"saturation": float("nan")}, "saturation.amount", "a number from -100 to 100", "NaN"),
    ({"hue": 361}, "hue.degrees", "a number of degrees from -360 to 360", "361"),
    ({"rgb": {"red": True}}, "rgb.red", "a number from -100 to 100", "true"),
    ({"rgb": [1, 2, 3]}, "rgb", "an object", "[1, 2, 3]"),
    ({"grayscale": "yes"}, "grayscale.enabled", "true or false", '"yes"'),
    ({"blur": -1}, "blur.sigma", "a number of pixels from 0 to 250", "-1"),
    ({"sharpen": {"amount": 2}}, "sharpen", "sigma", '{"amount": 2}'),
    ({"pixelate": 2.5}, "pixelate.size", SIDE, "2.5"),
    ({"quality": 0}, "quality", "a whole number from 1 to 100", "0"),
    ({"formatQuality": {"png": 70}}, "formatQuality", FORMAT_QUALITY, '{"png": 70}'),
    ({"formatQuality": {"webp": 0}}, "formatQuality", FORMAT_QUALITY, '{"webp": 0}'),
    ({"formatQuality": {"webp": None}}, "formatQuality", FORMAT_QUALITY, '{"webp": null}'),
    ({"formatQuality": {}}, "formatQuality", FORMAT_QUALITY, "{}"),
    ({"formatQuality": 70}, "formatQuality", FORMAT_QUALITY, "70"),
    ({"maxBytes": 0}, "maxBytes", "a whole number of bytes from 1 to 2147483647", "0"),
    ({"colourProfile": "p3"}, "colourProfile", "one of srgb, keep", '"p3"'),
    ({"accepts": ["jpeg"]}, "accepts", "a list of avif and webp", '["jpeg"]'),
    ({"accepts": [["webp"]]}, "accepts", "a list of avif and webp", '[["webp"]]'),
    ({"accepts": "webp"}, "accepts", "a list of avif and webp", '"webp"'),
    ({"stripMetadata": "no"}, "stripMetadata", "true or false", '"no"'),
    ({"stripmetadata": True}, "stripmetadata", "'stripMetadata'?", '"stripmetadata"'),
    ({"resise": {"width": 9}}, "resise", "'resize'?", '"resise"'),
    ({"strip_metadata": True}, "strip_metadata", "'stripMetadata'?", '"strip_metadata"'),
    ({"preset": "smal"}, "preset", "the name of a preset (small, tiny)", '"smal"'),
    ({"preset": ["small"]}, "preset", "the name of a preset (small, tiny)", '["small"]'),
    ("large", "", "the name of a preset (small, tiny)", '"large"'),
    (7, "", "an object of operations, a list of steps or a preset's name", "7"),
    (None, "", "an object of operations, a list of steps or a preset's name", "null"),
    (
        [{"rotate": 90}, {"rotate": 90, "flip": "both"}],
        "[1]",
        'an object with one operation, such as {"rotate": 90}',
        '{"rotate": 90, "flip": "both"}',
    ),
    ([{"rotate": 90}, {"resize": {"height": -1}}], "[1].resize.height", SIDE, "-1"),
    (
        {"renditions": [{"name": "a"}, {"name": "b", "steps": [{"resize": {"width": 0}}]}]},
        "renditions[1].steps[0].resize.width",
        SIDE,
        "0",
    ),
    (
        {"renditions": {"a": {"rotate": 361}}},
        "renditions.a.rotate.degrees",
        DEGREES,
        "361",
    ),
    (
        {"renditions": [{"name": "a"}, {"name": "a"}]},
        "renditions[1].name",
        "a name of its own",
        '"a"',
    ),
    (
        {"renditions": [{"rotate": 90}]},
        "renditions[0]",
        'an object with a "name"',
        '{"rotate": 90}',
    ),
    ({"renditions": {}}, "renditions", "1 to 20 named renditions", "{}"),
    ({"renditions": {"a": {}}, "quality": 9}, "quality", "one of renditions", '"quality"'),
]


@pytest.mark.parametrize(("document", "path", "expected", "got"), WRONG)
def test_a_problem_says_where_and_what(document: Any, path: str, expected: str, got: str) -> None:  # noqa: ANN401 - any JSON
    """A problem names the path, what was expected in words, and what came."""
    assert problem(document) == (path, expected, got)


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "-a", "é", "a" * 65, "a/b"])
def test_names_are_for_urls(name: str) -> None:
    """A rendition's name is short and plain: it is part of a URL and of a key."""
    [one] = problems(json.dumps({"renditions": {name: {}}}))
    assert one.expected == "a name of 1 to 64 of a-z, 0-9, dot, hyphen and underscore"
    assert one.path.startswith("renditions.")


def test_every_problem_is_reported() -> None:
    """All problems are said, wherever they stand, and each of them once."""
    steps = [{"rotate": 361}, {"resise": 1}, {"resize": {"width": 0, "fit": "x", "hieght": 1}}]
    found = problems(json.dumps({"renditions": [{"name": "B", "steps": steps, "quality": 0}, 7]}))
    assert sorted(one.path for one in found) == sorted(
        [
            "renditions[0].name",
            "renditions[0].steps[0].rotate.degrees",
            "renditions[0].steps[1].resise",
            "renditions[0].steps[2].resize.hieght",
            "renditions[0].steps[2].resize.width",
            "renditions[0].steps[2].resize.fit",
            "renditions[0].quality",
            "renditions[1]",
        ]
    )


def test_an_error_reads_as_a_sentence() -> None:
    """The error's text is what a person reads who has no eye for paths."""
    with pytest.raises(ProblemsError, match=r"^rotate\.degrees: expected a number .*, got 361; "):
        parse_instructions('{"rotate": 361, "quality": 0}', {})


def test_bounds() -> None:
    """As many renditions and steps as are allowed pass; one more of either is said."""
    most: dict[str, object] = {f"r{number}": {} for number in range(MAX_RENDITIONS)}
    asked = parse_instructions(json.dumps({"renditions": most}), {})
    assert len(asked.renditions) == MAX_RENDITIONS
    assert problem({"renditions": {**most, "more": {}}})[0] == "renditions"
    steps = [{"rotate": 90}] * MAX_STEPS
    parse_instructions(json.dumps(steps), {})
    assert problem([*steps, {"rotate": 90}])[0] == ""
    assert problem({"preset": "small", "steps": steps})[1].endswith("a preset's included")


def test_a_text_has_a_bound() -> None:
    """Text over the bound is refused by its size, before anything is made of it."""
    parse_instructions("{}" + " " * (MAX_TEXT_BYTES - 2), {})
    [one] = problems("{}" + " " * (MAX_TEXT_BYTES - 1))
    assert one.expected == f"at most {MAX_TEXT_BYTES} bytes"


HOSTILE = {
    "nothing": "",
    "half a document": '{"resize":',
    "deep lists": "[" * 30_000,
    "deep objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "a huge number": "9" * 60_000,
    "a huge exponent": '{"quality": 1e999}',
    "a huge name": json.dumps({"n" * 60_000: 1}),
    "half a surrogate pair as a name": '{"\\ud800": 1}',
    "half a surrogate pair as a value": '"\\ud800"',
    "half a surrogate pair itself": "\ud800",
    "a name twice": '{"rotate": 90, "rotate": 361}',
    "nul": '{"flip": "\\u0000"}',
    "a byte order mark": "\ufeff{}",
    "many unknown names": json.dumps({f"k{number}": 1 for number in range(2_000)}),
    "many problems under a long name": json.dumps(
        {"renditions": {"n" * 30_000: {f"k{number}": 1 for number in range(1_000)}}}
    ),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str) -> None:
    """Hostile text has problems that can be shown: short, and written as UTF-8."""
    for one in problems(text):
        assert len(str(one).encode()) < 1_000


def test_any_depth() -> None:
    """However deep a document is, and so wherever the stack ends, it is a problem and no crash."""
    for depth in range(900, 1_000):
        for text in (
            '{"resize":' + "[" * depth + "]" * depth + "}",
            '{"a":' * depth + "1" + "}" * depth,
        ):
            assert problems(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "renditions",
                    "name",
                    "steps",
                    "preset",
                    "resize",
                    "crop",
                    "rotate",
                    "width",
                    "format",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(json_values)
def test_any_json(document: object) -> None:
    """Any JSON is instructions or has problems; what is instructions has a canonical form."""
    try:
        asked = parse_instructions(json.dumps(document), PRESETS)
    except ProblemsError:
        return
    assert parse_instructions(asked.canonical(), {}).canonical() == asked.canonical()


@pytest.mark.parametrize("text", ["[]", "{", '{"A": {}}', '{"a": {"preset": "a"}}'])
def test_presets_have_problems_too(text: str) -> None:
    """Presets are an object of recipes, and none is built on another."""
    with pytest.raises(ProblemsError):
        parse_presets(text)
