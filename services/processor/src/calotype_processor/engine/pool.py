"""The engine: a pool of decoding children that may crash, hang and eat memory, one image each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

from calotype_core.errors import CalotypeError
from calotype_core.metric_defs import ENGINE_DEATHS_TOTAL, RENDER_SECONDS
from calotype_core.ports.clock import Clock
from calotype_core.ports.labeller import is_previews_size
from calotype_core.ports.metrics import Metrics
from calotype_processor.engine.cores import usable_cores
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import (
    Answer,
    PreviewFile,
    Print,
    Rendered,
    RenderTask,
    WirePreview,
    preview_path,
    print_path,
    to_wire,
)
from calotype_processor.engine.process import COMMAND, Child
from calotype_processor.engine.turns import Turns
from calotype_processor.errors import (
    BadImageError,
    EngineDiedError,
    OutOfMemoryError,
    from_code,
)

RECYCLE_AFTER = 1_000  # images: whatever a decoder leaks is given back by then


class Engine:
    """Renders images in child processes, as many at once as there are children."""

    def __init__(
        self,
        *,
        limits: EngineLimits,
        children: int,
        metrics: Metrics,
        clock: Clock,
        recycle_after: int,
        command: Sequence[str],
    ) -> None:
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self._recycle_after = recycle_after
        self._command = command
        self._seats = [_Seat() for _ in range(children)]
        self._free = Turns(self._seats)

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        limits: EngineLimits,
        *,
        children: int = 0,
        metrics: Metrics,
        clock: Clock,
        recycle_after: int = RECYCLE_AFTER,
        command: Sequence[str] = COMMAND,
    ) -> AsyncIterator[Self]:
        """Yield an engine whose children are ready; children=0: one a core. They end with it.

        Raises EngineStartError where none can be had, such as on a libvips that is too old.
        """
        engine = cls(
            limits=limits,
            children=children or usable_cores(),
            metrics=metrics,
            clock=clock,
            recycle_after=recycle_after,
            command=command,
        )
        try:
            for seat in engine._seats:
                seat.child = await Child.start(command, limits)
            yield engine
        finally:
            await engine._close()

    @property
    def children(self) -> int:
        """How many images are decoded at once; more wait their turn."""
        return len(self._seats)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the children that live now."""
        return tuple(one.child.pid for one in self._seats if one.child and one.child.alive)

    async def render(self, task: RenderTask) -> Rendered:
        """Make the prints, waiting for a child in the order of asking; bulk waits for all others.

        Raises a BadImageError when the image is at fault, an EngineFailure (retry is True) when it
        may not be. Then, and when cancelled, files may be left in the folder, some of them half
        written. A child that failed costs this image alone: the next one gets a new child.
        """
        seat = await self._free.take(last=task.bulk)
        began, outcome = self._clock.monotonic(), "cancelled"
        try:
            rendered = await self._attempt(seat, task)
            outcome = "rendered"
        except CalotypeError as error:
            outcome = "rejected" if isinstance(error, BadImageError) else error.code
            raise
        finally:
            self._tidy(seat, outcome)
            self._free.give_back(seat)
            self._metrics.observe(RENDER_SECONDS, self._clock.monotonic() - began, outcome=outcome)
        return rendered

    async def _attempt(self, seat: "_Seat", task: RenderTask) -> Rendered:
        child = await self._child_of(seat)
        answer = await child.ask(to_wire(task), seconds=self._limits.time_seconds)
        if answer.code:
            error = from_code(answer.code, answer.message)
            if isinstance(error, OutOfMemoryError):
                await child.kill()  # its heap is in no state for another image
            raise error
        rendered = _rendered(task, answer)
        if rendered is None:
            await child.kill()
            raise EngineDiedError("The decoding child answered another question than was asked.")
        return rendered

    async def _child_of(self, seat: "_Seat") -> Child:
        """Return the seat's child, or a new one where it is dead or has served its time."""
        child = seat.child
        if child and child.alive and child.answered < self._recycle_after:
            return child
        seat.child = None
        if child:
            await child.close()
        seat.child = await Child.start(self._command, self._limits)
        return seat.child

    def _tidy(self, seat: "_Seat", outcome: str) -> None:
        if seat.child and not seat.child.alive:
            self._metrics.add(ENGINE_DEATHS_TOTAL, cause=outcome)
            seat.child = None

    async def _close(self) -> None:
        living = [seat.child for seat in self._seats if seat.child]
        await asyncio.gather(*(child.close() for child in living))


class _Seat:
    """A place for one child, taken by one image at a time."""

    child: Child | None = None


def _rendered(task: RenderTask, answer: Answer) -> Rendered | None:
    # Names and order are checked and paths are ours: the child is not trusted with them.
    if answer.metadata is None or [one.name for one in answer.prints] != list(task.recipes):
        return None
    if answer.preview and not is_previews_size(answer.preview.width, answer.preview.height):
        return None
    prints = tuple(
        Print(
            name=one.name,
            path=print_path(task.outputs, one.name, one.format),
            format=one.format,
            width=one.width,
            height=one.height,
            size_bytes=one.size_bytes,
            sha256=one.sha256,
        )
        for one in answer.prints
    )
    preview = _preview_file(task, answer.preview) if answer.preview else None
    return Rendered(metadata=answer.metadata, prints=prints, preview=preview)


def _preview_file(task: RenderTask, preview: WirePreview) -> PreviewFile:
    path = preview_path(task.outputs)
    return PreviewFile(path=path, width=preview.width, height=preview.height)
