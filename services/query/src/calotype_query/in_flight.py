"""Requests that are announced and have no outcome yet, so that the same again is one event."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from calotype_core import codec
from calotype_core.domain.events import RenditionRequested
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog, Record

_MOST = 10_000
_REMEMBERED_SECONDS = 60.0  # after which who asks again is believed: an outcome may go unheard


@dataclass(slots=True)
class _Announced:
    """Whom the request is announced for (a callback or nobody), and since when."""

    at: float
    by_callback: dict[str | None, asyncio.Task[None]] = field(default_factory=dict)


class InFlight:
    """Announces requests, each once for as long as this process waits for its outcome.

    It saves work and promises nothing: elsewhere, or later, the same request is announced again,
    under the same id.
    """

    def __init__(self, *, log: EventLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._requests: OrderedDict[str, _Announced] = OrderedDict()

    async def announce(self, event: RenditionRequested) -> None:
        """Return once the request is durable, whoever announced it. Raises Unavailable."""
        now = self._clock.monotonic()
        known = self._requests.get(event.request_id)
        if known is None or now - known.at > _REMEMBERED_SECONDS:
            known = self._requests[event.request_id] = _Announced(now)
            self._requests.move_to_end(event.request_id)
            if len(self._requests) > _MOST:
                self._requests.popitem(last=False)
        task = known.by_callback.get(event.callback_url)
        if task is None:
            task = known.by_callback[event.callback_url] = asyncio.create_task(self._append(event))
            task.add_done_callback(lambda done: self._forget_failed(event, done))
        await asyncio.shield(task)  # who goes away does not take it from the others

    def hear(self, record: Record) -> None:
        """Forget the request whose outcome this record tells, if it is any's."""
        request_id = record.headers.get(codec.ID, "").rpartition(".")[2]
        self._requests.pop(request_id, None)

    async def _append(self, event: RenditionRequested) -> None:
        await self._log.append([codec.encode(event, now=self._clock.now())])

    def _forget_failed(self, event: RenditionRequested, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._requests.pop(event.request_id, None)
