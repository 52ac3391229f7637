"""Labels never stand in an image's way: whatever goes wrong, it is done without them."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from calotype_core import logs
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.labeller import MemoryLabeller
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.domain.image import Label
from calotype_core.errors import Unavailable
from calotype_core.metric_defs import IMAGES_UNLABELLED_TOTAL, LABEL_SECONDS
from calotype_core.ports.labeller import LabelBounds, LabellerAwayError, Preview
from calotype_processor.engine.messages import PreviewFile
from calotype_processor.labelling import PAUSE_SECONDS, Labelling

pytestmark = pytest.mark.anyio

PIXELS = bytes(range(256)) * 768
SEEN = (Label(name="tabby", confidence=0.75), Label(name="sofa", confidence=0.5))


def left(folder: Path, pixels: bytes = PIXELS) -> PreviewFile:
    """Return a preview as a child leaves it."""
    path = folder / "preview.rgb"
    path.write_bytes(pixels)
    return PreviewFile(path=path, width=256, height=256)


class Desk:
    """A labelling, and all that can be seen of it."""

    def __init__(self, *failures: Unavailable) -> None:
        seen = {"sofa": 0.5, "tabby": 0.75, "spoon": 0.01}
        self.labeller = MemoryLabeller(seen, LabelBounds(), failures=failures)
        self.clock = ManualClock()
        self.metrics = MemoryMetrics()
        self.labelling = Labelling(labeller=self.labeller, clock=self.clock, metrics=self.metrics)

    def unlabelled(self, cause: str) -> float:
        return self.metrics.value(IMAGES_UNLABELLED_TOTAL, cause=cause)


async def test_what_a_picture_shows(tmp_path: Path) -> None:
    """The labeller is shown the pixels that the child left, and what it says is what is known."""
    desk = Desk()
    assert await desk.labelling.labels_of(left(tmp_path)) == SEEN
    assert desk.labeller.asked == [Preview(width=256, height=256, rgb=PIXELS)]
    assert len(desk.metrics.observed(LABEL_SECONDS, outcome="labelled")) == 1


async def test_one_failure_is_one_images(tmp_path: Path) -> None:
    """An image that a labeller fails at has no labels, is counted, and the next has some."""
    desk = Desk(Unavailable("Too much at once."))
    assert await desk.labelling.labels_of(left(tmp_path)) == ()
    assert await desk.labelling.labels_of(left(tmp_path)) == SEEN
    assert desk.unlabelled("unavailable") == 1


async def test_one_that_is_away_is_left_alone(tmp_path: Path) -> None:
    """While nobody is there, images do not wait, each for itself, to find that out again."""
    desk = Desk(LabellerAwayError("Nobody is there."))
    for _ in range(3):
        assert await desk.labelling.labels_of(left(tmp_path)) == ()
    assert len(desk.labeller.asked) == 1
    assert desk.unlabelled("labeller_away") == 3
    desk.clock.advance(PAUSE_SECONDS)
    assert await desk.labelling.labels_of(left(tmp_path)) == SEEN


async def test_no_preview() -> None:
    """An image of which the child could make no preview has no labels, and is counted."""
    desk = Desk()
    assert await desk.labelling.labels_of(None) == ()
    assert desk.unlabelled("no_preview") == 1


@pytest.mark.parametrize("pixels", [b"", PIXELS[:-1], PIXELS + b"\0"])
async def test_what_is_no_preview(tmp_path: Path, pixels: bytes) -> None:
    """A file with other than the promised bytes is not looked at, and the image stands."""
    desk = Desk()
    assert await desk.labelling.labels_of(left(tmp_path, pixels)) == ()
    assert desk.labeller.asked == []
    assert desk.unlabelled("internal") == 1


def link(path: Path) -> None:
    (path.parent / "secret").write_bytes(PIXELS)
    path.symlink_to(path.parent / "secret")


@pytest.mark.parametrize("leave", [lambda _: None, link, os.mkfifo, os.mkdir])
async def test_a_trap_of_the_child(tmp_path: Path, leave: Callable[[Path], object]) -> None:
    """A link to elsewhere, a pipe that nobody fills, or nothing: no labels, and no waiting."""
    path = tmp_path / "preview.rgb"
    leave(path)
    desk = Desk()
    assert await desk.labelling.labels_of(PreviewFile(path=path, width=256, height=256)) == ()
    assert desk.labeller.asked == []


async def test_a_failure_is_told_without_secrets(tmp_path: Path) -> None:
    """The log has our own words, and of what others raise no more than its kind."""

    class Broken(MemoryLabeller):
        async def label(self, preview: Preview) -> tuple[Label, ...]:
            raise RuntimeError("the password is swordfish")

    desk, said = Desk(Unavailable("Too much at once.")), io.StringIO()
    logs.configure("json", "warning", stream=said)
    try:
        await desk.labelling.labels_of(left(tmp_path))
        desk.labelling.labeller = Broken({}, LabelBounds())
        assert await desk.labelling.labels_of(left(tmp_path)) == ()
    finally:
        logs.configure("json", "critical")
    assert "Too much at once." in said.getvalue()
    assert "RuntimeError" in said.getvalue()
    assert "swordfish" not in said.getvalue()
