"""The canonical form: whatever way it was asked in, equal instructions are one text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.instructions_parser import Presets, parse_instructions, parse_presets
from calotype_core.domain.operations import NAMES, Crop, Output, Resize, Rotate
from tests import strategies

PRESETS = parse_presets('{"thumbnail": {"resize": {"width": 100}, "quality": 60}}')
THUMBNAIL = Recipe(steps=(Resize(width=100),), output=Output(quality=60))


def parse(document: object, presets: Presets = PRESETS) -> Instructions:
    return parse_instructions(json.dumps(document), presets)


@given(strategies.instructions)
def test_the_canonical_form_means_what_it_was_made_from(value: Instructions) -> None:
    """Parsing the canonical form gives the same instructions, and the same form again."""
    text = value.canonical()
    assert parse_instructions(text, {}) == value
    assert parse_instructions(text, {}).canonical() == text


@given(strategies.recipes)
def test_equal_recipes_have_equal_digests(recipe: Recipe) -> None:
    """A recipe that was written out and read in again keeps its digest."""
    [again] = parse({"renditions": [{"name": "a", **recipe.canonical()}]}).renditions.values()
    assert again.digest == recipe.digest


@given(strategies.recipes, strategies.recipes)
def test_other_recipes_have_other_digests(one: Recipe, other: Recipe) -> None:
    """Two recipes share a digest where they are equal, and nowhere else."""
    assert (one.digest == other.digest) == (one == other)


def test_the_canonical_form_stays_what_it_was() -> None:
    """Digests are part of keys in the store: what was written once is found for ever."""
    asked = parse({"resize": {"width": 800}, "format": "webp"})
    assert asked.canonical() == (
        '{"renditions":[{"format":"webp","name":"main","steps":'
        '[{"resize":{"enlarge":false,"fit":"inside","width":800}}],"stripMetadata":true}]}'
    )
    assert asked.renditions[MAIN].digest == "294506419da88113"


def test_every_way_to_write_a_result_is_spelled() -> None:
    """What is asked of the output stands in the canonical form under its own name."""
    asked = {
        "format": "auto",
        "quality": 70,
        "formatQuality": {"avif": 40, "webp": 60},
        "lossless": True,
        "progressive": True,
        "maxBytes": 50_000,
        "stripMetadata": True,
        "keepCopyright": False,
        "colourProfile": "keep",
        "accepts": ["avif", "webp"],
    }
    assert parse(asked).renditions[MAIN].canonical() == {
        "steps": [],
        **asked,
        "accepts": ("avif", "webp"),
    }


EQUAL: dict[str, list[Any]] = {
    "an object, in any order of keys": [
        {"crop": {"width": 9, "height": 8}, "resize": {"width": 4}, "format": "png"},
        {"format": "png", "resize": {"width": 4}, "crop": {"height": 8, "width": 9}},
    ],
    "an object and its list of steps": [
        {"crop": {"width": 9, "height": 8}, "resize": {"width": 4}, "format": "png"},
        [{"crop": {"width": 9, "height": 8}}, {"resize": {"width": 4}}, {"format": "png"}],
        {"steps": [{"crop": {"width": 9, "height": 8}}, {"resize": {"width": 4}}], "format": "png"},
    ],
    "a rendition called main": [
        {"rotate": 90},
        {"renditions": {"main": {"rotate": 90}}},
        {"renditions": [{"name": "main", "rotate": 90}]},
    ],
    "defaults, spelled or not": [
        {"resize": {"width": 4}},
        {"resize": {"width": 4, "fit": "inside", "enlarge": False}, "format": "auto"},
        {"resize": {"width": 4}, "stripMetadata": True},
        {"resize": {"width": 4}, "progressive": False, "keepCopyright": True, "lossless": False},
        {"resize": {"width": 4}, "colourProfile": "srgb"},
    ],
    "accepted formats, in any order": [
        {"accepts": ["webp", "avif"]},
        {"accepts": ["avif", "webp", "avif"]},
    ],
    "shorthand, spelled or not": [
        {"rotate": 180, "flip": "both"},
        {"rotate": {"degrees": 180}, "flip": {"axis": "both"}},
    ],
    "a preset, by name or by content": [
        "thumbnail",
        {"preset": "thumbnail"},
        {"resize": {"width": 100}, "quality": 60},
        {"renditions": {"main": "thumbnail"}},
    ],
    "the output, wherever it stands": [
        [{"quality": 9}, {"rotate": 90}, {"format": "webp"}],
        [{"rotate": 90}, {"format": "webp"}, {"quality": 9}],
        [{"format": "png"}, {"rotate": 90}, {"format": "webp"}, {"quality": 9}],  # the last counts
    ],
    "the same turn of colours": [{"hue": -90}, {"hue": 270}, {"hue": {"degrees": 270.0}}],
    "nothing less than nothing": [
        {"rgb": {"red": -0.0, "green": 5}},
        {"rgb": {"green": 5.0, "blue": 0}},
    ],
    "adjustments by nothing": [
        {},
        {"brightness": 0, "contrast": -0.0, "saturation": 0.0, "hue": 0, "rgb": {}},
        {"grayscale": False, "equalize": {"enabled": False}},
        [{"hue": 360}, {"hue": -1e-20}, {"blur": 0}, {"sharpen": 0}, {"pixelate": 1}],
        {"sharpen": {"sigma": 2, "amount": 0}},
    ],
    "flags": [
        {"grayscale": True, "equalize": True},
        {"grayscale": {}, "equalize": {"enabled": True}},
        [{"equalize": True}, {"grayscale": True}],
    ],
    "nothing": [{}, [], {"steps": []}, {"renditions": {"main": {}}}],
}


@pytest.mark.parametrize("written", EQUAL.values(), ids=EQUAL)
def test_equal_instructions_are_one_text(written: list[Any]) -> None:
    """Instructions that ask for the same have one canonical form, however they are written."""
    assert len({parse(one).canonical() for one in written}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([{"rotate": 90}, {"flip": "both"}], [{"flip": "both"}, {"rotate": 90}]),
        ({"rotate": 90}, [{"rotate": 90}, {"rotate": 90}]),
        ({"renditions": {"a": {}, "b": {}}}, {"renditions": {"b": {}, "a": {}}}),
        ({"quality": 80}, {"quality": 81}),
        ({"formatQuality": {"webp": 80}}, {"formatQuality": {"avif": 80}}),
        ({"formatQuality": {"webp": 80}}, {"quality": 80}),
        ({"accepts": []}, {}),
        ({"progressive": True}, {}),
    ],
)
def test_other_instructions_are_another_text(one: object, other: object) -> None:
    """The order of steps and of renditions means something, as do numbers."""
    assert parse(one).canonical() != parse(other).canonical()


def test_an_objects_operations_run_in_their_own_order() -> None:
    """An object has no order: crop, resize, rotate, flip is the one it gets."""
    asked = parse({"rotate": 90, "resize": {"width": 4}, "crop": {"width": 9, "height": 8}})
    assert asked.renditions[MAIN].steps == (
        Crop(width=9, height=8),
        Resize(width=4),
        Rotate(degrees=90),
    )


def test_adjustments_run_in_their_own_order() -> None:
    """Colours are changed before sharpness, whatever the order in the text."""
    order = "rotate brightness contrast saturation hue rgb equalize grayscale blur sharpen pixelate"
    asked: dict[str, Any] = dict.fromkeys(order.split(), 2)
    asked |= {"rotate": 90, "rgb": {"red": 2}, "equalize": True, "grayscale": True}
    steps = parse(dict(reversed(asked.items()))).renditions[MAIN].steps
    assert [NAMES[type(step)] for step in steps] == order.split()


def test_a_preset_comes_first_and_may_be_overruled() -> None:
    """What stands beside a preset's name follows its steps, and wins over its output."""
    recipe = parse({"preset": "thumbnail", "crop": {"width": 5, "height": 5}, "quality": 70})
    assert recipe.renditions[MAIN] == Recipe(
        steps=(*THUMBNAIL.steps, Crop(width=5, height=5)), output=Output(quality=70)
    )


@given(st.permutations(["a", "b", "c", "d"]))
def test_renditions_keep_their_order(names: list[str]) -> None:
    """The first rendition is the image's own, so their order is the writer's."""
    as_object = parse({"renditions": {name: {} for name in names}})
    as_list = parse({"renditions": [{"name": name} for name in names]})
    assert list(as_object.renditions) == list(as_list.renditions) == names
