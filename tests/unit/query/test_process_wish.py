"""What POST /process is sent: read as it is meant, or refused with everything that is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.asking import InvalidCallbackError, InvalidInstructionsError
from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions_parser import parse_instructions, parse_presets
from calotype_core.errors import CalotypeError
from calotype_core.http.json_body import MalformedJsonError
from calotype_query.errors import InvalidProcessError
from calotype_query.process_wish import MEMBERS, ProcessWish, read_wish

PRESETS = parse_presets('{"thumb": {"resize": {"width": 10}}}')
IMAGE = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
FULL = {
    "imageId": IMAGE,
    "instructions": {"renditions": {"a": "thumb", "b": {"quality": 9}}},
    "callbackUrl": "https://example.com/hook",
    "focalPoint": {"x": 0.25, "y": 1},
}


def read(document: object) -> ProcessWish:
    return read_wish(json.dumps(document).encode(), PRESETS, CallbackSettings())


def without(**members: object) -> dict[str, Any]:
    """Return the full request with other members; None leaves one out."""
    changed = {**FULL, **members}
    return {name: one for name, one in changed.items() if one is not None}


def test_everything_that_can_be_asked() -> None:
    """Instructions, presets in them, a point and a callback are read."""
    assert read(FULL) == ProcessWish(
        image_id=IMAGE,
        instructions=parse_instructions(json.dumps(FULL["instructions"]), PRESETS),
        named=True,
        focal_point=FocalPoint(x=0.25, y=1.0),
        callback_url="https://example.com/hook",
    )


@pytest.mark.parametrize(
    ("instructions", "named"),
    [
        ({"renditions": {"main": {}}}, True),
        ({"renditions": [{"name": "main"}]}, True),
        ({"quality": 9}, False),
        ([{"rotate": 90}], False),
        ("thumb", False),
        ({}, False),
    ],
)
def test_names_are_noticed(instructions: object, *, named: bool) -> None:
    """A rendition is named where there are renditions, even one called as the unnamed are."""
    assert read(without(instructions=instructions)).named is named


def test_null_is_nothing() -> None:
    """What may be left out may be null."""
    wish = read({**FULL, "callbackUrl": None, "focalPoint": None})
    assert (wish.callback_url, wish.focal_point) == (None, None)


WRONG: dict[str, tuple[object, list[str]]] = {
    "a list": ([], [""]),
    "nothing": ({}, ["imageId", "instructions"]),
    "null": (dict.fromkeys(MEMBERS), ["imageId", "instructions"]),
    "an id that is none": (without(imageId=7), ["imageId"]),
    "an unknown member": (without(wait=3), ["wait"]),
    "no text": (without(callbackUrl=7), ["callbackUrl"]),
    "half a point": (without(focalPoint={"x": 0.5}), ["focalPoint"]),
    "a point and more": (without(focalPoint={"x": 0.5, "y": 0, "z": 1}), ["focalPoint"]),
    "a point outside": (without(focalPoint={"x": 0.5, "y": 1.1}), ["focalPoint"]),
    "no number": (without(focalPoint={"x": True, "y": "0"}), ["focalPoint"]),
    "all of it": (
        {
            "imageID": IMAGE,
            "instructions": [{"rotate": 361}],
            "callbackUrl": "ftp://a.example/",
            "focalPoint": 7,
        },
        ["imageID", "imageId", "focalPoint", "callbackUrl", "instructions[0].rotate.degrees"],
    ),
}


@pytest.mark.parametrize(("document", "paths"), WRONG.values(), ids=WRONG)
def test_problems_are_told_with_their_paths(document: object, paths: list[str]) -> None:
    """Everything that is wrong is told at once, each with its place in the body."""
    with pytest.raises(InvalidProcessError) as caught:
        read(document)
    assert [one.path for one in caught.value.problems] == paths


def test_instructions_alone_are_told_as_at_an_upload() -> None:
    """Where only the instructions are wrong, or the callback, it is the upload's error."""
    with pytest.raises(InvalidInstructionsError) as caught:
        read(
            without(
                instructions={"renditions": [{"name": "a", "steps": [{"resize": {"width": 0}}]}]}
            )
        )
    assert [one.path for one in caught.value.problems] == ["renditions[0].steps[0].resize.width"]
    with pytest.raises(InvalidInstructionsError, match=r"the name of a preset \(thumb\)"):
        read(without(instructions="thum"))
    with pytest.raises(InvalidCallbackError):
        read(without(callbackUrl="https://127.0.0.1/"))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
members = st.fixed_dictionaries({}, optional=dict.fromkeys([*MEMBERS, "more"], json_values))


@given(st.binary(max_size=60) | members.map(json.dumps).map(str.encode))
def test_any_body(body: bytes) -> None:
    """Whatever is sent is a wish or one of our refusals."""
    try:
        read_wish(body, PRESETS, CallbackSettings())
    except CalotypeError:
        return


@pytest.mark.parametrize(
    "text", ['{"imageId": "\\ud800"}', '{"instructions":' + "[" * 100_000, "{", ""]
)
def test_what_cannot_be_read(text: str) -> None:
    """What is no JSON, half a surrogate pair, or nested without end is malformed."""
    with pytest.raises(MalformedJsonError):
        read_wish(text.encode(), PRESETS, CallbackSettings())
