"""A focal point is sent once, with the image, and every rendition keeps it in view."""

import httpx
import pytest
from PIL import Image

from tests.flow.clumsy import on_record
from tests.pixels.studio import decoded, encoded

RED = (255, 0, 0)
SPOT = '{"crop": {"width": 8, "height": 8}, "format": "png"}'


@pytest.fixture(scope="module")
def marked() -> bytes:
    """Return a grey picture with a red spot in its lower left quarter."""
    image = Image.new("RGB", (200, 100), (128, 128, 128))
    image.paste(RED, (45, 70, 55, 80))
    return encoded(image)


def test_a_focal_point_is_stored_and_kept_in_view(client: httpx.Client, marked: bytes) -> None:
    """A crop is around the focal point, and the image's page says where that is."""
    asked = {"focalPoint": "0.25,0.75", "instructions": SPOT}
    answer = client.post("/upload", content=marked, params=asked)
    assert answer.status_code == 200, answer.text
    known = on_record(client, answer.json()["imageId"])
    assert known["focalPoint"] == {"x": 0.25, "y": 0.75}
    shown = decoded(client.get(answer.json()["url"]).content)
    assert shown.convert("RGB").getcolors() == [(64, RED)]


@pytest.mark.parametrize("sent", ["0.25", "2,0", "left"])
def test_what_is_no_focal_point_is_refused(client: httpx.Client, marked: bytes, sent: str) -> None:
    """What is no focal point is a problem with its path and what was expected."""
    answer = client.post("/upload", content=marked, params={"focalPoint": sent})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_focal_point")
    [error] = answer.json()["errors"]
    assert error["path"] == "focalPoint"
