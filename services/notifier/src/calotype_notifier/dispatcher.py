"""The loop that takes the lines in which something is due, and serves each on its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from calotype_core import logs
from calotype_core.errors import Unavailable
from calotype_core.metric_defs import LINES_SERVED
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries, Line
from calotype_core.ports.metrics import Metrics
from calotype_notifier.sending import Sender

_log = logs.get_logger(__name__)
_LOOK_SECONDS = 1.0  # between two looks, where nobody says that something is due


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispatcher:
    """Serves up to most lines at once. due is set by whoever knows that something is to be sent."""

    deliveries: Deliveries
    sender: Sender
    clock: Clock
    metrics: Metrics
    holder: str
    most: int
    due: asyncio.Event
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is owed until stop is set; what is being sent then is ended, and on record."""
        while not stop.is_set():
            self.due.clear()
            lines = await self._take()
            for line in lines:
                self._begin(line, stop)
            if len(self._serving) >= self.most:
                await self._until(stop, *self._serving)
            elif not lines:
                await self._until(stop)
        if self._serving:
            await asyncio.wait(self._serving)  # a try is bounded, and none is begun any more

    async def _take(self) -> Sequence[Line]:
        room = self.most - len(self._serving)
        if not room:
            return ()
        now = self.clock.now()
        until = now + self.sender.settings.lease
        try:
            return await self.deliveries.take(now, holder=self.holder, until=until, limit=room)
        except Unavailable as error:
            _log.warning("waiting for a dependency", code=error.code, reason=error.message)
            return ()

    def _begin(self, line: Line, stop: asyncio.Event) -> None:
        task = asyncio.create_task(self._serve(line, stop))
        self._serving.add(task)
        self.metrics.set(LINES_SERVED, len(self._serving))
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        self.metrics.set(LINES_SERVED, len(self._serving))
        self.due.set()  # what came while the line was held, nobody has looked at

    async def _serve(self, line: Line, stop: asyncio.Event) -> None:
        try:
            await self.sender.serve(line, stop)
        except Unavailable as error:
            _log.warning("a line was left", code=error.code, reason=error.message)
        except Exception as error:  # noqa: BLE001 - its lease ends; the others go on
            _log.exception("a line was left for an error of ours", exc_info=error)

    async def _until(self, stop: asyncio.Event, *ending: asyncio.Task[None]) -> None:
        """Wait until something is due, or may be, or one of these has ended, or stop is set."""
        events = [asyncio.create_task(one.wait()) for one in (stop, self.due)]
        try:
            await asyncio.wait(
                [*events, *ending], timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for event in events:
                event.cancel()
            await asyncio.gather(*events, return_exceptions=True)
