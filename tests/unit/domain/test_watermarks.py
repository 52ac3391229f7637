"""What watermarks are called, and what instructions may ask of one."""

import json

import pytest

from calotype_core.domain.ids import make_id
from calotype_core.domain.instructions import MAIN
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.operations import Watermark
from calotype_core.domain.problems import ProblemsError
from calotype_core.domain.watermarks import image_of, is_name, is_pinned, is_reference, key_of, pin

IMAGE_ID = make_id(0, 7)
SHA = "0123456789abcdef"


@pytest.mark.parametrize("name", ["logo.png", "A", "0", "Ada_2026-logo", "x" * 64])
def test_names(name: str) -> None:
    """Letters, digits, dots, hyphens and underscores make a name."""
    assert is_name(name)
    assert is_reference(name)
    assert image_of(name) is None
    assert is_reference(pin(name, SHA * 4))
    assert is_pinned(pin(name, SHA * 4))
    assert key_of(pin(name, SHA * 4)) == f"watermarks/{name}@{SHA}"


@pytest.mark.parametrize(
    "name", ["", ".png", "-", "a/b", "a b", "ä", "logo@png", "x" * 65, "a\n", "..", "a\\b"]
)
def test_what_is_no_name(name: str) -> None:
    """Nothing that could climb, hide or be taken for something else is a name."""
    assert not is_name(name)
    assert not is_reference(name)


def test_an_images_id_is_no_name() -> None:
    """An image's id means its original, and nothing else can be stored under it."""
    assert not is_name(IMAGE_ID)
    assert not is_name(IMAGE_ID.upper())
    assert is_reference(IMAGE_ID)
    assert image_of(IMAGE_ID.upper()) == IMAGE_ID
    assert key_of(IMAGE_ID) == f"originals/{IMAGE_ID}"
    assert key_of(f"{IMAGE_ID}@{SHA}") == f"originals/{IMAGE_ID}/{SHA}"


def watermark(document: object) -> Watermark:
    text = json.dumps({"watermark": document})
    [step] = parse_instructions(text, {}).renditions[MAIN].steps
    assert isinstance(step, Watermark)
    return step


def test_one_form() -> None:
    """A bare value is the image, a text's defaults are spelled out, turns have one form."""
    assert watermark("logo.png") == Watermark(image="logo.png")
    assert watermark({"image": "logo.png", "rotate": -30, "offsetX": 10}) == Watermark(
        image="logo.png", rotate=330.0, offset_x=10.0
    )
    assert watermark({"image": "a", "rotate": -1e-20}) == watermark({"image": "a", "rotate": 360})
    assert str(watermark({"image": "a", "offsetY": -0.0}).offset_y) == "0.0"
    spelled = {"text": "© Ada", "font": "SANS", "size": 0.05, "colour": "white"}
    assert watermark({"text": "© Ada"}) == watermark(spelled)
    assert watermark({"text": "© Ada", "scale": 0.5}).size is None


WRONG = [
    ({}, "watermark", "either an image or a text"),
    ({"image": "a", "text": "b"}, "watermark", "either an image or a text"),
    ({"image": "a", "size": 3}, "watermark", "font, size and colour with a text only; an image"),
    ({"text": "a", "size": 3, "scale": 1}, "watermark", "either size or scale"),
    ("../a", "watermark.image", "the name of a stored watermark, or the id of an image"),
    ({"image": "a@b"}, "watermark.image", "the name of a stored watermark"),
    ({"text": ""}, "watermark.text", "text of 1 to 200 characters in at most 10 lines"),
    ({"text": " \n "}, "watermark.text", "text of 1 to 200 characters in at most 10 lines"),
    ({"text": "a" * 201}, "watermark.text", "text of 1 to 200 characters in at most 10 lines"),
    ({"text": "a\n" * 10}, "watermark.text", "text of 1 to 200 characters in at most 10 lines"),
    ({"text": "a\0"}, "watermark.text", "text of 1 to 200 characters in at most 10 lines"),
    ({"text": "a", "font": "../sans"}, "watermark.font", "the name of a font: sans, sans-bold"),
    ({"text": "a", "size": 2001}, "watermark.size", "a number from 0.001 to 2000"),
    ({"image": "a", "gravity": "smart"}, "watermark.gravity", "one of centre, north"),
    ({"image": "a", "opacity": 2}, "watermark.opacity", "a number from 0 to 1"),
    ({"image": "a", "scale": 0}, "watermark.scale", "a number from 0.001 to 2"),
    ({"image": "a", "rotate": 361}, "watermark.rotate", "a number of degrees from -360 to 360"),
    ({"image": "a", "tiled": "yes"}, "watermark.tiled", "true or false"),
]


@pytest.mark.parametrize(("document", "path", "expected"), WRONG, ids=repr)
def test_what_is_wrong(document: object, path: str, expected: str) -> None:
    """Each mistake is told with its path and what was expected."""
    with pytest.raises(ProblemsError) as caught:
        watermark(document)
    [problem] = caught.value.problems
    assert problem.path == path
    assert problem.expected.startswith(expected)
