"""A logo is stored, named in instructions, and is on the picture; replaced, on the next ones."""

import io
import json
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from tests.photographs import photograph


def logo(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def stored(client: httpx.Client) -> Iterator[str]:
    """Yield the name of a stored watermark, which is removed at the end."""
    assert client.put("/watermarks/logo.png", content=logo("red")).status_code == 201
    yield "logo.png"
    assert client.delete("/watermarks/logo.png").status_code == 204


def corner(client: httpx.Client, watermark: object, photo: bytes) -> tuple[int, ...]:
    """Return the colour of the picture's last pixel, with a watermark there."""
    instructions = json.dumps([{"watermark": watermark}, {"format": "png"}])
    answer = client.post(
        "/upload", files={"file": photo}, data={"instructions": instructions}, headers=WAIT
    )
    assert answer.status_code == 200, answer.text
    shown = Image.open(io.BytesIO(client.get(answer.json()["url"]).content)).convert("RGB")
    pixel = shown.getpixel((shown.width - 1, shown.height - 1))
    assert isinstance(pixel, tuple)
    return pixel


WAIT = {"Prefer": "wait=30"}
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def test_a_logo_is_on_the_picture(client: httpx.Client, stored: str) -> None:
    """It is where it was asked for; another under its name is on what comes after."""
    photo = photograph(320, 240)
    placed = {"image": stored, "gravity": "southeast"}
    assert corner(client, placed, photo) == RED
    assert client.put(f"/watermarks/{stored}", files={"file": logo("blue")}).status_code == 200
    assert corner(client, placed, photo) == BLUE
    [told] = client.get("/watermarks").json()["watermarks"]
    assert told["name"] == stored
    assert client.get(f"/watermarks/{stored}").content == logo("blue")


def test_an_image_and_a_text(client: httpx.Client) -> None:
    """An image that is here can be the watermark, and so can a text."""
    photo = photograph(320, 240)
    answer = client.post("/upload", files={"file": logo("red")}, headers=WAIT)
    image_id = answer.json()["imageId"]
    assert corner(client, {"image": image_id, "gravity": "southeast"}, photo) == RED
    edge = {"gravity": "southeast", "offsetX": -5, "offsetY": -5}
    assert corner(client, {"text": "█", "size": 100, **edge}, photo) == WHITE


def test_an_unknown_one_is_refused(client: httpx.Client, stored: str) -> None:
    """A name that nothing is stored under is told with its path, and what is stored."""
    instructions = '{"renditions": {"a": {}, "b": {"watermark": "lgo.png"}}}'
    answer = client.post(
        "/upload", files={"file": photograph(40, 30)}, data={"instructions": instructions}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "path": "renditions[1].steps[0].watermark.image",
            "expected": f"one of {stored}",
            "got": '"lgo.png"',
        }
    ]
