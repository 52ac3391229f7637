"""How fast the projector folds events into records."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorClient

from calotype_core import codec
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.domain.events import Event, ImageAccepted, ImageProcessed
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import ImageMetadata, Original, Rendition
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.settings import load

_BATCH = 500
_SIZES = {"optimised": (4000, 3000), "640x480": (640, 480), "100x100": (100, 75)}


async def seconds(environ: Mapping[str, str], events: int) -> float:
    """Append so many events, half acceptances and half outcomes, and time until all are records."""
    now = datetime.now(UTC)
    every = [one for number in range(events // 2) for one in _image(number, now)]
    mongo: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(environ["CALOTYPE_MONGO_URL"])
    images = mongo[environ["CALOTYPE_MONGO_DATABASE"]]["images"]
    before = await images.count_documents({"status": "completed"})
    async with KafkaEventLog.open(load(KafkaSettings, environ)) as log:
        began = time.perf_counter()
        for start in range(0, len(every), _BATCH):
            await log.append([codec.encode(one, now=now) for one in every[start : start + _BATCH]])
        while await images.count_documents({"status": "completed"}) < before + events // 2:  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.05)
        return time.perf_counter() - began


def _image(number: int, now: datetime) -> Iterator[Event]:
    image_id = make_id(int(now.timestamp() * 1000), number)
    yield ImageAccepted(
        image_id=image_id,
        original=Original(key=f"originals/{image_id}", size_bytes=3_500_000, sha256="0" * 64),
        filename=f"{number}.jpg",
        instructions=Instructions(renditions=dict.fromkeys(_SIZES, Recipe())),
        accepted_at=now,
    )
    yield ImageProcessed(
        image_id=image_id,
        metadata=ImageMetadata(
            width=4000,
            height=3000,
            format="jpeg",
            size_bytes=3_500_000,
            colour_mode="RGB",
            orientation=1,
            sha256="0" * 64,
        ),
        renditions=tuple(_rendition(image_id, name, *size) for name, size in _SIZES.items()),
        accepted_at=now,
        processed_at=now,
    )


def _rendition(image_id: str, name: str, width: int, height: int) -> Rendition:
    return Rendition(
        name=name,
        key=f"renditions/{image_id}/{name}-0.jpg",
        format="jpeg",
        width=width,
        height=height,
        size_bytes=width * height // 8,
        sha256="0" * 64,
    )
