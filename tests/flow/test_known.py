"""What is known of an image, as clients are told, and how it is switched."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.flow.clumsy import on_record
from tests.photographs import photograph
from tests.running import Calotype

CASES: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"exif", "phash", "blurhash", "thumbhash", "colours"}),
    ({"CALOTYPE_FACTS": "place,phash"}, {"place", "phash"}),
]


def told(calotype: Calotype) -> dict[str, Any]:
    """Return a photograph's metadata, once it is proved that every answer has the same."""
    with calotype.client() as client:
        wait = {"Prefer": "wait=60"}
        uploaded = client.post("/upload", content=photograph(640, 480), headers=wait).json()
        image = on_record(client, uploaded["imageId"])
        (listed,) = client.get("/images").json()["images"]
    assert uploaded["metadata"] == image["metadata"] == listed["metadata"]
    found: dict[str, Any] = image["metadata"]
    return found


@pytest.mark.parametrize(("chosen", "names"), CASES, ids=["unasked", "chosen"])
def test_what_is_known_is_chosen(
    started: Callable[..., Calotype], chosen: dict[str, str], names: set[str]
) -> None:
    """Unasked everything is found out but the place; asked for or not, that is in no log."""
    calotype = started(CALOTYPE_LOG_LEVEL="debug", **chosen)
    metadata = told(calotype)
    asked = {"exif", "place", "phash", "blurhash", "thumbhash", "colours", "labels"}
    assert metadata.keys() & asked == names
    assert metadata.get("exif", {"make": "Calotype Test Camera"}) == {
        "make": "Calotype Test Camera"
    }
    place = {"latitude": 52.52, "longitude": 13.405}
    assert metadata.get("place", place) == place
    assert "52.5" not in calotype.log()
    assert "13.4" not in calotype.log()
