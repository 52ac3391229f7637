"""What is said of an image whose bytes were never taken in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import ImageAccepted, ImageFailed
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Original
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_processor.engine.messages import Rendered, RenderTask
from calotype_processor.process_image import process_image

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Untouched:
    """A renderer that is not to be asked."""

    async def render(self, task: RenderTask) -> Rendered:
        raise AssertionError(task)


async def test_what_was_not_taken_in_fails_unread(tmp_path: Path) -> None:
    """An object that is too large is refused by its size, and its owner told what to do."""
    accepted = ImageAccepted(
        image_id=make_id(0, 7),
        original=Original(key="uploads/a//b.jpg", size_bytes=5_000_000_000, sha256=""),
        filename="a//b.jpg",
        instructions=Instructions(renditions={"main": Recipe()}),
        accepted_at=NOW,
    )
    outcome = await process_image(
        accepted,
        attempt=1,
        objects=MemoryObjectStore(),
        renderer=Untouched(),
        clock=ManualClock(),
        scratch=tmp_path,
    )
    assert isinstance(outcome, ImageFailed)
    assert (outcome.image_id, outcome.attempts) == (accepted.image_id, 1)
    assert outcome.failure.code == "image_too_large"
    assert "5000000000 bytes" in outcome.failure.message
    assert "CALOTYPE_UPLOAD_MAX_BYTES" in outcome.failure.message
