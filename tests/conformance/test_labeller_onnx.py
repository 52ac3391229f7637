"""The model that is shipped: what it sees in known pictures, and what is said where it is not."""

import sys
from pathlib import Path

import numpy as np
import pytest

from calotype_core.adapters.onnx.labeller import ModelUnusableError, OnnxLabeller, pixels_of
from calotype_core.ports.labeller import LabelBounds, Preview
from calotype_processor.labelling import MODEL
from tests.conformance.labellers import preview_of

pytestmark = pytest.mark.anyio
BOUNDS = LabelBounds(seconds=30)  # a busy machine is no failure


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("coffee", {"espresso": 0.87}),
        ("chelsea", {"tiger cat": 0.40, "Egyptian cat": 0.33, "tabby": 0.19}),
    ],
)
async def test_what_it_sees(picture: str, expected: dict[str, float]) -> None:
    """The probabilities of a known picture are those that they were when it was chosen."""
    async with OnnxLabeller.open(MODEL, BOUNDS) as labeller:
        labels = await labeller.label(preview_of(picture))
    assert {one.name: one.confidence for one in labels} == pytest.approx(expected, abs=0.02)
    assert [one.name for one in labels] == list(expected)


def test_what_the_model_is_given() -> None:
    """It is given the middle 224 pixels, red first, each 0 to 255 as (p - 127) / 128."""
    width, height = 258, 256
    rows = np.zeros((height, width, 3), np.uint8)
    rows[16, 17] = (255, 127, 63)  # the top left corner of the middle
    rows[:16], rows[:, :17] = 255, 255  # what is cut off
    [channels] = pixels_of(Preview(width=width, height=height, rgb=rows.tobytes()))
    assert channels.shape == (3, 224, 224)
    assert channels.dtype == np.float32
    assert channels[:, 0, 0].tolist() == [1.0, 0.0, -0.5]
    assert channels[:, 1:, :].max() == channels[:, 1:, :].min() == pytest.approx(-127 / 128)


def test_every_label_has_a_name_of_its_own() -> None:
    """The thousand names are readable words, and none comes twice."""
    names = (MODEL / "labels.txt").read_text().splitlines()
    assert len(names) == len(set(names)) == 1000
    assert all(name == name.strip() and name.isprintable() and "," not in name for name in names)


async def test_a_python_without_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ONNX Runtime is not to be had, the start ends with what to do instead."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelUnusableError, match=r"Python 3\.15") as caught:
        await OnnxLabeller.open(MODEL, BOUNDS).__aenter__()
    assert "CALOTYPE_LABELS_BY=rekognition" in caught.value.message
    assert "CALOTYPE_FACTS" in caught.value.message


@pytest.mark.parametrize("model", [None, b"no model"])
async def test_a_model_that_is_damaged(tmp_path: Path, model: bytes | None) -> None:
    """A model that is missing or cannot be read ends the start, and nothing else."""
    (tmp_path / "labels.txt").write_text("tabby\n")
    if model is not None:
        (tmp_path / "labels.onnx").write_bytes(model)
    with pytest.raises(ModelUnusableError, match="install Calotype anew"):
        await OnnxLabeller.open(tmp_path, BOUNDS).__aenter__()
