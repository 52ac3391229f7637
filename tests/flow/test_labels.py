"""What pictures show, in the running product, where somebody asks for it."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.flow.clumsy import on_record
from tests.running import Calotype

COFFEE = (Path(__file__).parents[1] / "images" / "coffee.jpg").read_bytes()


def labels_of(client: httpx.Client, data: bytes = COFFEE) -> dict[str, float]:
    """Return the labels that an upload has, by name."""
    answer = client.post("/upload", content=data)
    assert answer.status_code == 200, answer.text
    metadata = on_record(client, answer.json()["imageId"])["metadata"]
    return {one["name"]: one["confidence"] for one in metadata.get("labels", [])}


def test_labels_are_asked_for(started: Callable[..., Calotype]) -> None:
    """CALOTYPE_FACTS has labels: a cup of espresso is one, beside all that is known otherwise."""
    calotype = started(CALOTYPE_FACTS="phash,labels", CALOTYPE_LABELS_SECONDS="30")
    with calotype.client() as client:
        assert labels_of(client) == {"espresso": pytest.approx(0.9, abs=0.1)}
        numbers = client.get("/metrics").text
    assert 'calotype_label_seconds_count{outcome="labelled"} 1.0' in numbers


def test_rekognition_is_away(started: Callable[..., Calotype]) -> None:
    """Nobody to ask: the upload is answered all the same, and the log says where to look."""
    calotype = started(
        CALOTYPE_FACTS="labels",
        CALOTYPE_LABELS_BY="rekognition",
        CALOTYPE_REKOGNITION_REGION="eu-west-1",
        CALOTYPE_REKOGNITION_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ACCESS_KEY_ID="AKIATESTING",
        AWS_SECRET_ACCESS_KEY="of-no-real-account",  # noqa: S106 - as it says
    )
    with calotype.client() as client:
        assert [labels_of(client) for _ in range(2)] == [{}, {}]
        numbers = client.get("/metrics").text
    assert 'calotype_images_unlabelled_total{cause="rekognition_unreachable"} 1.0' in numbers
    assert 'calotype_images_unlabelled_total{cause="labeller_away"} 1.0' in numbers
    assert calotype.log().count("CALOTYPE_REKOGNITION_ENDPOINT_URL") == 1
    assert "of-no-real-account" not in calotype.log()
