"""The read model built anew: every event from the first one on, into empty memory."""

from collections.abc import Iterable

from calotype_core import codec, topology
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.event_log import Record
from calotype_query.project_image import project_image


async def replay(records: Iterable[Record]) -> tuple[MemoryImageRecords, MemoryJobRecords]:
    """Return what the projector would know that reads these records and no others."""
    images, jobs, objects = MemoryImageRecords(), MemoryJobRecords(), MemoryObjectStore()
    for record in records:
        if record.partition.topic != topology.DEAD_LETTERS:
            event = codec.decode(record)
            await project_image(
                event, images=images, jobs=jobs, objects=objects, clock=SystemClock()
            )
    return images, jobs
