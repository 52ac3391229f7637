"""A process whose children are busy for ever; it says who they are."""

import asyncio
import sys
from pathlib import Path

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask
from calotype_processor.engine.pool import Engine


async def main(child: str, source: str) -> None:
    started = Engine.start(
        EngineLimits(),
        children=2,
        metrics=MemoryMetrics(),
        clock=SystemClock(),
        command=(sys.executable, child),
    )
    async with started as engine:
        task = RenderTask(source=Path(source), outputs=Path(source).parent, recipes={})
        print(*engine.pids, flush=True)  # noqa: T201 - that is what it is for
        await asyncio.gather(engine.render(task), engine.render(task))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
