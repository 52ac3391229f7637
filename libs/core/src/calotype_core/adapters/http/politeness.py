"""Hosts as guests see them: how many of us are served at once, and when it is better to leave.

Whoever waits for a turn waits in the order of asking, for as long as those before are served; each
of them is bounded, and so is the wait. A host that asks for a rest gets one, from all of us. Where
it rests for too long, or has failed all of us for too long, nobody waits: those who would, fail at
once, so that they hold up no other host's; now and then one is let through to see.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from calotype_core.ports.clock import Clock
from calotype_core.ports.fetcher import FetchInterruptedError, UnfetchableError

MOST_HOSTS = 4_096  # that are remembered
LONGEST_REST = 600.0  # seconds, whatever a host asks for
PROBE_SECONDS = 30.0
_ENOUGH = 2  # times as many failures in a row as are served at once: not one burst's alone


class Host:
    """What is known of one host."""

    def __init__(self, at_once: int) -> None:
        self.turns = asyncio.Semaphore(at_once)
        self.guests = 0  # fetches that have a turn or wait for one
        self.rests_until = 0.0
        self.failures = 0  # in a row
        self.failing_since = 0.0
        self.asked_at = 0.0  # when one was last let through to a host that fails
        self.last: FetchInterruptedError | None = None

    def answered(self) -> None:
        """Take note of an answer, whatever it says."""
        self.failures = 0

    def failed(self, error: FetchInterruptedError, now: float) -> None:
        """Take note of a failure that is the host's."""
        if not self.failures:
            self.failing_since = now
        self.failures, self.asked_at, self.last = self.failures + 1, now, error
        self.rests_until = max(self.rests_until, now + min(error.again_in, LONGEST_REST))


class Politeness:
    """The turns of all hosts, those that were asked last remembered."""

    def __init__(self, *, clock: Clock, at_once: int, patience_seconds: float) -> None:
        self._clock = clock
        self._at_once = at_once
        self._patience = patience_seconds
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn at a host and hold it; learn from what is raised within, or is not.

        Raises the host's own last failure where it is not worth to wait.
        """
        host = self._known(name)
        host.guests += 1
        try:
            self._leave_if_hopeless(host)
            async with host.turns:
                await self._until_rested(host)
                self._leave_if_hopeless(host)
                async with self._learning(host):
                    yield
        finally:
            host.guests -= 1

    @asynccontextmanager
    async def _learning(self, host: Host) -> AsyncIterator[None]:
        host.asked_at = self._clock.monotonic()
        try:
            yield
        except FetchInterruptedError as error:
            host.failed(error, self._clock.monotonic())
            raise
        except UnfetchableError:
            host.answered()
            raise
        host.answered()

    async def _until_rested(self, host: Host) -> None:
        # The rest may be prolonged meanwhile, by what others are told.
        while 0 < (left := host.rests_until - self._clock.monotonic()) <= self._patience:
            await self._clock.sleep(left)

    def _leave_if_hopeless(self, host: Host) -> None:
        now = self._clock.monotonic()
        if host.last is None:
            return
        rests = host.rests_until - now > self._patience
        fails = (
            host.failures >= _ENOUGH * self._at_once
            and now - host.failing_since > self._patience
            and now - host.asked_at < PROBE_SECONDS
        )
        if rests or fails:
            message = f"{host.last.message} It was not asked again for this one."
            raise type(host.last)(message, again_in=math.inf)

    def _known(self, name: str) -> Host:
        if (host := self._hosts.get(name)) is None:
            host = self._hosts[name] = Host(self._at_once)
        self._hosts.move_to_end(name)
        if len(self._hosts) > MOST_HOSTS:
            idle = (one for one, known in self._hosts.items() if not known.guests and one != name)
            if (oldest := next(idle, None)) is not None:
                del self._hosts[oldest]
        return host
