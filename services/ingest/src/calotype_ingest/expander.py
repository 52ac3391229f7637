"""The loop that hands jobs out: each open one gets a step in its turn, as its images finish."""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from datetime import timedelta

from calotype_core import codec, logs
from calotype_core.domain.expansion import Expansion
from calotype_core.domain.job import JobRecord
from calotype_core.errors import Rejected, Unavailable
from calotype_core.failpoints import reach
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.expansions import Expansions
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.expand_job import expand_job, room_for

_log = logs.get_logger(__name__)
_AT_ONCE = 100  # jobs in a round; more of them wait for the next
_HELD = timedelta(seconds=10)  # longer than a step takes; who is later repeats it, no more
_BUSY_SECONDS, _IDLE_SECONDS = 0.2, 1.0


@dataclass(kw_only=True, slots=True)
class Expander:
    """Hands out what is open. Any number of processes may: a step is held by one at a time."""

    objects: ObjectStore
    log: EventLog
    jobs: JobReader
    expansions: Expansions
    clock: Clock
    window: int
    _awake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _last: dict[tuple[str, int], int] = field(default_factory=dict, init=False)

    def wake(self) -> None:
        """Look at once: there is something new."""
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Hand out until stop is set."""
        while not stop.is_set():
            self._awake.clear()
            try:
                busy = await self.round()
            except Unavailable as error:
                _log.warning("waiting to hand out jobs", code=error.code, reason=error.message)
                busy = False
            await self._rest(stop, _BUSY_SECONDS if busy else _IDLE_SECONDS)

    async def round(self) -> bool:
        """Give every open job one step where it has room; return whether there are any."""
        pending = await self.expansions.pending(self.clock.now(), limit=_AT_ONCE)
        for expansion in pending:
            try:
                await self._step(expansion)
            except Rejected as error:
                # Without its manifest nobody can say what is left of the job.
                _log.error("job given up", code=error.code, reason=error.message)
                await self.expansions.swap(
                    expansion, replace(expansion, closed_at=self.clock.now())
                )
        return bool(pending)

    async def _step(self, expansion: Expansion) -> None:
        job = await self.jobs.get(expansion.job_id)
        room = await self._room(expansion, job)
        left = expansion.total - expansion.next_position
        if room < min(left, max(1, self.window // 4)):
            return
        now = self.clock.now()
        held = await self.expansions.swap(expansion, replace(expansion, held_until=now + _HELD))
        if held is None:
            return  # somebody else has taken it
        try:
            step = await expand_job(held, room=room, objects=self.objects, jobs=self.jobs, now=now)
            await self.log.append([codec.encode(one, now=now) for one in step.events])
        except Unavailable:
            with contextlib.suppress(Unavailable):  # then its hold runs out
                await self.expansions.swap(held, replace(held, held_until=None))
            raise
        reach("ingest.handed_out")
        await self.expansions.swap(held, replace(step.after, held_until=None))
        self._remember(step.after, step.last)

    async def _room(self, expansion: Expansion, job: JobRecord | None) -> int:
        """Return the room there is. A retry's is known once its last images have been counted."""
        last = self._last.get((expansion.job_id, expansion.generation))
        if last is not None:
            [*known] = await self.jobs.items(expansion.job_id, start=last, limit=1)
            if not known or known[0].generation < expansion.generation:
                return 0
        return room_for(expansion, job, self.window)

    def _remember(self, after: Expansion, last: int | None) -> None:
        key = (after.job_id, after.generation)
        if after.closed_at is not None:
            self._last.pop(key, None)
        elif last is not None:
            self._last[key] = last

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        waiting = [asyncio.ensure_future(one.wait()) for one in (stop, self._awake)]
        pause = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            await asyncio.wait([*waiting, pause], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (*waiting, pause):
                one.cancel()
