"""Who makes the renditions: each side a process of its own, asked for one picture at a time."""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol, Self

from bench import machine, recipe
from bench.engine.cases import Case, Output
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain import operations
from calotype_core.domain.instructions import Recipe
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.facts import NOTHING, Fact

# Its libvips is the one that we use, so that the ratio is of what is built around it.
SHARP = "sharp@0.35.5"
_PEERS = Path.home() / ".cache" / "calotype-bench"


class Side(Protocol):
    """Makes what a case asks for, in one process on one core."""

    name: str

    @property
    def pid(self) -> int:
        """The process that works."""

    async def make(self, case: Case, source: Path, folder: Path) -> float | None:
        """Return the seconds that it took, files in the folder; None where it cannot do that."""


class Child:
    """Our decoding child, asked as the processor asks it."""

    def __init__(self, engine: Engine, name: str, facts: frozenset[Fact]) -> None:
        self.name = name
        self._engine = engine
        self._facts = facts

    @classmethod
    async def start(
        cls, stack: AsyncExitStack, *, facts: frozenset[Fact] = NOTHING, name: str = "Calotype"
    ) -> Self:
        """Return a child of its own."""
        engine = await stack.enter_async_context(
            Engine.start(EngineLimits(), children=1, metrics=MemoryMetrics(), clock=SystemClock())
        )
        return cls(engine, name, facts)

    @property
    def pid(self) -> int:
        """The child's."""
        return self._engine.pids[0]

    async def make(self, case: Case, source: Path, folder: Path) -> float:
        """See Side."""
        recipes = {one.name: recipe_of(one) for one in case.outputs}
        task = RenderTask(source=source, outputs=folder, recipes=recipes, facts=self._facts)
        began = time.perf_counter()
        await self._engine.render(task)
        return time.perf_counter() - began


def recipe_of(output: Output) -> Recipe:
    """Return the output as it is asked for."""
    resize = operations.Resize(width=output.box[0], height=output.box[1]) if output.box else None
    return Recipe(
        steps=(resize,) if resize else (),
        output=operations.Output(format=output.format, quality=output.quality),
    )


class Worker:
    """A function of by_hand in a process of the bare recipe's kind."""

    def __init__(
        self, name: str, make: Callable[[Case, Path, Path], float | None], stack: AsyncExitStack
    ) -> None:
        self.name = name
        self._make = make
        self._pool = stack.enter_context(recipe.workers(1))
        self.pid = self._pool.apply(os.getpid)

    async def make(self, case: Case, source: Path, folder: Path) -> float | None:
        """See Side."""
        return await asyncio.to_thread(self._pool.apply, self._make, (case, source, folder))


class Sharp:
    """sharp in Node, which is asked by lines of JSON (bench/engine/sharp.mjs)."""

    name = "sharp"

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            ["node", str(Path(__file__).with_name("sharp.mjs"))],  # noqa: S607 - the one of PATH
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **recipe.ENVIRONMENT, "CALOTYPE_PEERS": str(_PEERS)},
        )
        self.pid = self._node.pid

    @classmethod
    def install(cls) -> Self | None:
        """Return it, fetched from npm where it is not here yet; None where it cannot be had."""
        if not (_PEERS / "node_modules" / "sharp").exists():
            command = ["npm", "install", "--silent", "--prefix", str(_PEERS), SHARP]
            try:
                subprocess.run(command, check=True)
            except (OSError, subprocess.CalledProcessError):
                return None
        return cls()

    async def make(self, case: Case, source: Path, folder: Path) -> float | None:
        """See Side."""
        return await asyncio.to_thread(self._ask, case.outputs, source, folder)

    def _ask(self, outputs: Sequence[Output], source: Path, folder: Path) -> float | None:
        assert self._node.stdin  # noqa: S101 - it was asked for
        assert self._node.stdout  # noqa: S101 - it was asked for
        asked = [
            {"name": one.name, "box": one.box, "format": one.format, "quality": one.quality}
            for one in outputs
        ]
        task = {"source": str(source), "folder": str(folder), "outputs": asked}
        self._node.stdin.write(json.dumps(task) + "\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        return answer["seconds"]  # type: ignore[no-any-return]  # JSON

    def close(self) -> None:
        """End the process."""
        self._node.kill()
        self._node.wait()


def peak_mib(side: Side) -> float:
    """Return the most memory that the side's process has had resident."""
    return machine.peak_bytes(side.pid) / (1024 * 1024)
