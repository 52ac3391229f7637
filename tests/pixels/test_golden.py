"""What the product makes today looks as it looked when it was recorded."""

from pathlib import Path

import pytest
from PIL import Image

from calotype_core.domain.operations import FORMATS, NAMES, OPERATIONS
from tests.pixels import cases
from tests.pixels.record import record

FEW = ("crop", "blur")


@pytest.mark.parametrize("name", cases.CASES)
def test_as_recorded(name: str) -> None:
    """A case comes out as its recording, of the same size and kind, within its tolerance."""
    case = cases.CASES[name]
    assert case.differs(case.made(), cases.golden(name)) is None


def test_every_operation_has_a_golden_picture() -> None:
    """No operation can change unseen."""
    pictured = {NAMES[type(step)] for case in cases.CASES.values() for step in case.recipe.steps}
    assert set(OPERATIONS) == pictured


def test_every_format_has_a_golden_picture() -> None:
    """No format can change unseen."""
    assert {case.recipe.output.format for case in cases.CASES.values()} == set(FORMATS)


def test_no_recording_without_a_case() -> None:
    """A recording that nothing is compared with would prove nothing."""
    assert {path.stem for path in cases.FOLDER.glob("*.png")} == set(cases.CASES)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "CASES", {name: cases.CASES[name] for name in FEW})


@pytest.mark.usefixtures("few")
def test_recording_never_overwrites_silently(tmp_path: Path) -> None:
    """The recorder writes what is missing, tells of what differs, and replaces what is named."""
    assert record(tmp_path, []) == []
    assert {path.stem for path in tmp_path.iterdir()} == set(FEW)
    other = Image.new("RGB", (96, 72), "teal")
    other.save(tmp_path / "blur.png")
    before = (tmp_path / "blur.png").read_bytes()
    [told] = record(tmp_path, [])
    assert told.startswith("blur: ")
    assert (tmp_path / "blur.png").read_bytes() == before
    assert record(tmp_path, ["blur"]) == []
    assert (tmp_path / "blur.png").read_bytes() != before


def test_comparing_sees_what_a_person_sees() -> None:
    """Hidden colours do not count; visible ones and transparency itself do."""
    hidden, other = (Image.new("RGBA", (4, 4), (*colour, 0)) for colour in ((9, 9, 9), (255, 0, 0)))
    assert cases.apart(hidden, other) == (0, 0)
    assert cases.apart(hidden, Image.new("RGBA", (4, 4), (9, 9, 9, 255)))[1] > 200
