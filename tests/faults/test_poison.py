"""Images that harm whatever decodes them: each costs itself, and nobody else anything."""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import pytest

from calotype_core import codec, topology
from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.events import ImageAccepted, ImageFailed, ImageProcessed
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Original
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.service import Service, run_loops
from calotype_processor import service as processor
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.pool import Engine
from calotype_processor.facts import BY_DEFAULT
from tests.fetchers import Unasked
from tests.photographs import photograph

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

CLOCK = SystemClock()
POISONED = (sys.executable, str(Path(__file__).parent / "poisoned_child.py"))
HEALTHY = photograph(200, 150)


@pytest.fixture
async def objects(tmp_path: Path) -> AsyncIterator[FilesystemObjectStore]:
    async with FilesystemObjectStore.open(tmp_path / "objects") as objects:
        yield objects


async def accept(objects: FilesystemObjectStore, number: int, content: bytes) -> ImageAccepted:
    image_id = make_id(number, number)

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    stored = await objects.put(f"originals/{image_id}", chunks(), content_type="image/jpeg")
    return ImageAccepted(
        image_id=image_id,
        original=Original(key=stored.key, size_bytes=len(content), sha256=stored.sha256),
        instructions=Instructions(renditions={"main": Recipe()}),
        accepted_at=CLOCK.now(),
    )


async def work_off(service: Service, log: MemoryEventLog, count: int) -> Sequence[object]:
    """Run the service until it has announced so many outcomes; return them."""
    stop, outcomes = asyncio.Event(), list[object]()
    async with log.tail([topology.IMAGES_FINISHED]) as tail, asyncio.timeout(60):
        running = asyncio.create_task(run_loops([service], stop, ended=stop.set))
        while len(outcomes) < count:
            outcomes += [codec.decode(one) for one in await tail.poll(count, 1)]
        stop.set()
        await running
    return outcomes


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("#crash", "engine_died"),
        ("#spin", "engine_timed_out"),
        ("#eat", "engine_out_of_memory"),
    ],
)
async def test_an_image_that_crashes_every_child_ends_in_the_dead_letters(
    manner: str, code: str, objects: FilesystemObjectStore, tmp_path: Path
) -> None:
    """Three attempts, a dead letter with the cause, ImageFailed; its neighbours are processed."""
    log, metrics = MemoryEventLog(CLOCK), MemoryMetrics()
    contents = [HEALTHY, HEALTHY + manner.encode(), HEALTHY, HEALTHY, HEALTHY]
    events = [await accept(objects, number, one) for number, one in enumerate(contents)]
    await log.append([codec.encode(one, now=CLOCK.now()) for one in events])
    async with Engine.start(
        EngineLimits(time_seconds=2), children=2, metrics=metrics, clock=CLOCK, command=POISONED
    ) as engine:
        service = processor.build(
            objects=objects,
            log=log,
            attempts=MemoryAttempts(),
            fetcher=Unasked(),
            renderer=engine,
            children=2,
            bulk_in_flight=8,
            facts=BY_DEFAULT,
            scratch=tmp_path,
            clock=CLOCK,
            random=Random(0),
            metrics=metrics,
        )
        outcomes = await work_off(service, log, len(events))
    [failed] = [one for one in outcomes if isinstance(one, ImageFailed)]
    assert (failed.image_id, failed.attempts) == (events[1].image_id, 3)
    assert failed.failure.code == code
    processed = {one.image_id: one for one in outcomes if isinstance(one, ImageProcessed)}
    assert processed.keys() == {one.image_id for one in events} - {events[1].image_id}
    for one in processed.values():
        [made] = one.renditions
        content = (tmp_path / "objects" / made.key).read_bytes()
        assert hashlib.sha256(content).hexdigest() == made.sha256
    async with log.subscribe("test", [topology.DEAD_LETTERS]) as letters:
        [letter] = [codec.decode_dead_letter(one) for one in await letters.poll(10, 0)]
    assert (letter.cause.code, letter.attempts) == (code, 3)
    assert codec.decode(letter) == events[1]
