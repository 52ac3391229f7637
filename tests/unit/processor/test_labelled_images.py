"""Labels become a part of what is known of an image, where they are asked for."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.labeller import MemoryLabeller
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import ImageAccepted, ImageProcessed, RenditionRequested
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Label, Original
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.ports.labeller import LabelBounds, Labeller, LabellerAwayError, Preview
from calotype_processor.engine.pool import Engine
from calotype_processor.facts import BY_DEFAULT, Fact
from calotype_processor.labelling import Labelling
from calotype_processor.overlays import Overlays
from calotype_processor.process_image import Wanted, process_image
from calotype_processor.settings import ProcessorSettings
from tests.fetchers import Unasked
from tests.photographs import photograph

pytestmark = pytest.mark.anyio

CLOCK = ManualClock()
PHOTO = photograph(400, 300)
KEY = "originals/photo"
ORIGINAL = Original(key=KEY, size_bytes=len(PHOTO), sha256=hashlib.sha256(PHOTO).hexdigest())
INSTRUCTIONS = Instructions(renditions={"main": Recipe()})
ACCEPTED = ImageAccepted(
    image_id=make_id(0, 7),
    original=ORIGINAL,
    instructions=INSTRUCTIONS,
    accepted_at=CLOCK.now(),
)
REQUESTED = RenditionRequested(
    image_id=make_id(0, 7),
    request_id="again",
    original=ORIGINAL,
    instructions=INSTRUCTIONS,
    requested_at=CLOCK.now(),
)
WITH_LABELS = BY_DEFAULT | {Fact.LABELS}
SEEN = {"tabby": 0.75, "sofa": 0.5}


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    """Yield an engine with a single child."""
    metrics, limits = MemoryMetrics(), ProcessorSettings().engine_limits()
    async with Engine.start(limits, children=1, metrics=metrics, clock=CLOCK) as engine:
        yield engine


async def processed(
    engine: Engine,
    scratch: Path,
    labeller: Labeller | None,
    *,
    event: Wanted = ACCEPTED,
) -> ImageProcessed:
    objects = MemoryObjectStore()
    await objects.put(KEY, _chunks(), content_type="image/jpeg")
    outcome = await process_image(
        event,
        attempt=1,
        objects=objects,
        fetcher=Unasked(),
        renderer=engine,
        overlays=Overlays(objects),
        facts=WITH_LABELS if labeller else BY_DEFAULT,
        clock=CLOCK,
        scratch=scratch,
        labelling=Labelling(labeller=labeller, clock=CLOCK, metrics=MemoryMetrics())
        if labeller
        else None,
    )
    assert isinstance(outcome, ImageProcessed)
    assert not any(scratch.iterdir())  # noqa: ASYNC240 - an empty folder
    return outcome


async def test_labels_are_a_part_of_what_is_known(engine: Engine, tmp_path: Path) -> None:
    """The labeller is shown the whole picture, small, and its labels go with the news."""
    labeller = MemoryLabeller(SEEN, LabelBounds())
    outcome = await processed(engine, tmp_path, labeller)
    assert outcome.metadata.labels == (
        Label(name="tabby", confidence=0.75),
        Label(name="sofa", confidence=0.5),
    )
    assert [(one.width, one.height) for one in labeller.asked] == [(341, 256)]


async def test_without_them_nothing_else_changes(engine: Engine, tmp_path: Path) -> None:
    """An image with labels is the image without them, and its labels."""
    with_labels = await processed(engine, tmp_path, MemoryLabeller(SEEN, LabelBounds()))
    without = await processed(engine, tmp_path, None)
    assert without.metadata.labels == ()
    assert with_labels.renditions == without.renditions
    assert replace(with_labels.metadata, labels=()) == without.metadata


async def test_a_labeller_that_is_away(engine: Engine, tmp_path: Path) -> None:
    """The image is done all the same, without labels."""
    away = MemoryLabeller(SEEN, LabelBounds(), failures=[LabellerAwayError("Nobody is there.")])
    outcome = await processed(engine, tmp_path, away)
    assert outcome.metadata.labels == ()
    assert [one.name for one in outcome.renditions] == ["main"]


async def test_more_renditions_have_no_labels_of_their_own(engine: Engine, tmp_path: Path) -> None:
    """An image that is already here keeps the labels that it has: nobody looks again."""
    labeller = MemoryLabeller(SEEN, LabelBounds())
    await processed(engine, tmp_path, labeller, event=REQUESTED)
    assert labeller.asked == []


async def test_the_next_image_is_decoded_meanwhile(engine: Engine, tmp_path: Path) -> None:
    """Whoever waits for labels does not keep the child waiting, too."""
    looking, told = asyncio.Event(), asyncio.Event()

    class Slow(MemoryLabeller):
        async def label(self, preview: Preview) -> tuple[Label, ...]:
            looking.set()
            await told.wait()
            return await super().label(preview)

    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    waiting = asyncio.create_task(processed(engine, first, Slow(SEEN, LabelBounds())))
    async with asyncio.timeout(60):
        await looking.wait()
    await processed(engine, second, None)
    assert not waiting.done()
    told.set()
    assert len((await waiting).metadata.labels) == 2


async def _chunks() -> AsyncIterator[bytes]:
    yield PHOTO
