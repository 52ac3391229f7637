"""Requests that wait for what they asked for, and the tail of the log that tells them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from calotype_core import codec
from calotype_core.domain.events import ImageFailed, ImageOutcome, ImageProcessed
from calotype_core.ports.event_log import Record

Heard = asyncio.Future[ImageOutcome]


@dataclass(frozen=True, eq=False, slots=True)
class _Wait:
    request_id: str | None
    outcome: Heard


class Outcomes:
    """Who waits for which outcome: an image's own, or that of a request for more of it.

    A wait is a subscription with a deadline, never a poll.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._count = 0
        self._waiting: defaultdict[str, list[_Wait]] = defaultdict(list)  # by image

    @contextmanager
    def expecting(self, image_id: str, request_id: str | None = None) -> Iterator[Heard | None]:
        """Yield the outcome to be, or None where too many wait already.

        Enter before what is asked is announced: an outcome before that would be missed.
        """
        if self._count >= self._most:
            yield None
            return
        wait = _Wait(request_id, asyncio.get_running_loop().create_future())
        self._waiting[image_id].append(wait)
        self._count += 1
        try:
            yield wait.outcome
        finally:
            self._count -= 1
            self._waiting[image_id].remove(wait)
            if not self._waiting[image_id]:
                del self._waiting[image_id]

    async def hear(self, record: Record) -> None:
        """Tell whoever waits for what this record tells."""
        if record.key not in self._waiting:
            return  # not decoded: most outcomes are somebody else's
        event = codec.decode(record)
        if not isinstance(event, ImageProcessed | ImageFailed):
            return
        for wait in self._waiting.get(record.key, ()):
            if wait.request_id == event.request_id and not wait.outcome.done():
                wait.outcome.set_result(event)


async def within(outcome: Heard | None, wait_seconds: float) -> ImageOutcome | None:
    """Return the outcome where it comes in time, else None."""
    if outcome is None or wait_seconds <= 0:
        return None
    done, _ = await asyncio.wait([outcome], timeout=wait_seconds)
    return outcome.result() if done else None
