"""Requests that wait for their image, and the tail of the log that tells them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from calotype_core import codec
from calotype_core.domain.events import ImageFailed, ImageOutcome, ImageProcessed
from calotype_core.ports.event_log import Record


class Outcomes:
    """Who waits for which image. A wait is a subscription with a deadline, never a poll."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._waiting: dict[str, asyncio.Future[ImageOutcome]] = {}

    @contextmanager
    def expecting(self, image_id: str) -> Iterator["asyncio.Future[ImageOutcome] | None"]:
        """Yield the image's outcome to be, or None where too many wait already.

        Enter before the image is announced: an outcome before that would be missed.
        """
        if len(self._waiting) >= self._most:
            yield None
            return
        future = self._waiting.setdefault(image_id, asyncio.get_running_loop().create_future())
        try:
            yield future
        finally:
            self._waiting.pop(image_id, None)

    async def hear(self, record: Record) -> None:
        """Tell whoever waits for this record's image."""
        if record.key not in self._waiting:
            return  # not decoded: most outcomes are somebody else's
        event = codec.decode(record)
        future = self._waiting.get(record.key)
        if isinstance(event, ImageProcessed | ImageFailed) and future and not future.done():
            future.set_result(event)
