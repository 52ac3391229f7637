"""One endpoint's turn: what is due in its line is sent, and what came of it is on record.

    find the endpoint ─ send what is due ─ record ─ … until nothing is due, or it needs a rest

A delivery is sent before that is on record: a crash between the two sends it again, under the same
id. One that failed says itself when it is due next; the line says when the endpoint may be asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random

from calotype_core import logs
from calotype_core.failpoints import reach
from calotype_core.metric_defs import (
    NOTIFICATION_DELAY_SECONDS,
    NOTIFICATION_SECONDS,
    NOTIFICATIONS_TOTAL,
)
from calotype_core.ports.channel import Answer, Channel, GoneError, Message, NotTakenError
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries, Delivery, DeliveryState, Line, Sought
from calotype_core.ports.metrics import Metrics
from calotype_core.threads import at_length
from calotype_notifier import catalogue
from calotype_notifier.announcements import Announcement
from calotype_notifier.endpoints import Endpoint, Endpoints
from calotype_notifier.rooms import Rooms
from calotype_notifier.tries import NotTaken, Taken, after, fails_for, line_after, rest_of

_log = logs.get_logger(__name__)
_HELD_SECONDS = 3600.0  # between two looks at an endpoint that is held; switching it on wakes it
_UNSET_SECONDS = 60.0  # the same of one whose channel is not set; a start that sets it wakes nobody
# For which a line is put off whose host is being sent enough, or which waits with the doubtful.
_FULL_SECONDS, _DOUBTFUL_SECONDS = 0.25, 5.0
_SLOW = 4  # parts of the longest try: who takes more than one holds a place like the silent
_GATHERED = 1_000  # deliveries in one letter
_MARGIN_SECONDS = 3.0  # for writing down what came of a try

# Puts deliveries into words: one, or several as one message; secrets are what signs it.
Compose = Callable[[Sequence[Delivery], tuple[str, ...]], Message]
_Sent = tuple[Sequence[Delivery], Taken | NotTaken]  # a batch as it is after a try, and that try


class MessageError(NotTakenError):
    """The message could not be made or sent, for an error of ours; the log has it."""

    code = "message_failed"
    status = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingSettings:
    """The bounds of a turn; times in seconds.

    longest: the most that one try takes. off_after: how long a webhook fails before it is switched
    off. letters_every: the least between two letters.
    """

    schedule: tuple[float, ...]
    at_once: int
    longest: float
    off_after: timedelta
    letters_every: float

    @property
    def lease(self) -> timedelta:
        """How long a line is held at once: what its holder does not prolong is free after it."""
        return timedelta(seconds=self.longest + 2 * _MARGIN_SECONDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Serves lines; whoever calls it holds them."""

    deliveries: Deliveries
    endpoints: Endpoints
    rooms: Rooms
    compose: Compose
    announce: Callable[[Announcement], Awaitable[None]]
    clock: Clock
    random: Random
    metrics: Metrics
    settings: SendingSettings

    async def serve(self, line: Line, stop: asyncio.Event) -> None:
        """Send what is due in the line, until nothing is or stop is set, and let it go.

        Raises Unavailable; then the line is free once its lease has ended.
        """
        endpoint = await self.endpoints.find(line.endpoint)
        if endpoint is None:
            await self.deliveries.drop(line.endpoint)
        elif endpoint.channel is None:
            await self._let_go(line, _UNSET_SECONDS)
        elif endpoint.held:
            await self._let_go(line, _HELD_SECONDS)
        elif endpoint.tested:
            await self._test(line, endpoint, endpoint.channel)
            await self._let_go(line, _HELD_SECONDS)
        elif (place := self.rooms.enter(endpoint.host, failing=line.failures > 0)) is None:
            doubtful = self.rooms.doubts(endpoint.host) or line.failures > 0
            await self._let_go(line, _DOUBTFUL_SECONDS if doubtful else _FULL_SECONDS)
        else:
            try:
                await self._work_off(line, endpoint, endpoint.channel, stop)
            finally:
                self.rooms.leave(place)

    async def _test(self, line: Line, endpoint: Endpoint, channel: Channel) -> None:
        """Send the latest test that is due; what else waits in the line stays there."""
        kind = catalogue.WEBHOOK_TEST.name
        sought = Sought(endpoint=line.endpoint, state=DeliveryState.PENDING, event_type=kind)
        for one in await self.deliveries.newest(sought, limit=1):
            if one.next_attempt_at <= self.clock.now() and await self._hold(line):
                await self._send([one], endpoint, channel)

    async def _work_off(
        self, line: Line, endpoint: Endpoint, channel: Channel, stop: asyncio.Event
    ) -> None:
        width, rest = 1, 0.0  # who has taken nothing yet is not sent several at once
        while not stop.is_set() and not rest:
            limit = _GATHERED if endpoint.gathers else width
            due = await self.deliveries.due(line.endpoint, self.clock.now(), limit)
            if not due:
                break
            if (held := await self._hold(line)) is None:
                return
            batches = [due] if endpoint.gathers else [[one] for one in due]
            sent = await asyncio.gather(
                *(self._send(batch, endpoint, channel) for batch in batches)
            )
            line, rest = await self._learn(held, endpoint, sent)
            width = 1 if line.failures else self.rooms.width(self.settings.at_once)
            if await self.endpoints.find(line.endpoint) != endpoint:
                break  # paused, moved, …: the next turn heeds that
        await self._let_go(line, rest)

    async def _hold(self, line: Line) -> Line | None:
        """Return the line, held for long enough for a try; None where it is somebody else's."""
        now, enough = self.clock.now(), timedelta(seconds=self.settings.longest + _MARGIN_SECONDS)
        if line.held_until is not None and line.held_until - now >= enough:
            return line
        until = now + self.settings.lease
        return replace(line, held_until=until) if await self.deliveries.keep(line, until) else None

    async def _send(self, batch: Sequence[Delivery], endpoint: Endpoint, channel: Channel) -> _Sent:
        """Try once, as one message, and put on record what came of it."""
        batch = [replace(one, to=endpoint.to or one.to) for one in batch]
        reach("notifier.taken")
        outcome = await self._try(batch, endpoint, channel)
        reach("notifier.sent")
        tried = [after(one, outcome, self.settings.schedule, self.random) for one in batch]
        await asyncio.gather(*(self.deliveries.record(one) for one in tried))
        reach("notifier.recorded")
        for one in tried:
            self._tell(one, outcome)
        return tried, outcome

    async def _try(
        self, batch: Sequence[Delivery], endpoint: Endpoint, channel: Channel
    ) -> Taken | NotTaken:
        at, began = self.clock.now(), self.clock.monotonic()
        answer, refused = Answer(), None
        try:
            answer = await channel.send(await self._message(batch, endpoint))
        except NotTakenError as error:
            refused = error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a try
            _log.exception("a message failed for an error of ours", exc_info=error)
            refused = MessageError("Calotype failed, not the endpoint. The log has the cause.")
        seconds = self.clock.monotonic() - began
        if refused is None:
            return Taken(at=at, seconds=seconds, answer=answer)
        return NotTaken(at=at, seconds=seconds, error=refused)

    async def _message(self, batch: Sequence[Delivery], endpoint: Endpoint) -> Message:
        if endpoint.gathers:  # of many, each of which may name a thousand images
            return await at_length(partial(self.compose, batch, endpoint.secrets))
        return self.compose(batch, endpoint.secrets)

    async def _learn(
        self, line: Line, endpoint: Endpoint, sent: Sequence[_Sent]
    ) -> tuple[Line, float]:
        """Return the line after these tries, and for how long its endpoint is left alone."""
        rest = self.settings.letters_every if endpoint.gathers else 0.0
        for _, outcome in sent:
            line = line_after(line, outcome)
            rest = max(rest, rest_of(line, outcome))
            silent = isinstance(outcome, NotTaken) and outcome.error.silent
            slow = outcome.seconds > self.settings.longest / _SLOW
            self.rooms.learn(endpoint.host, silent=silent or slow)
        if reason := self._end_of(line, sent):
            if off := await self.endpoints.switch_off(line.endpoint, endpoint.to, reason):
                await self.announce(off)
            return line, max(rest, 1.0)  # what is left in the line finds it held
        return line, rest

    def _end_of(self, line: Line, sent: Sequence[_Sent]) -> str | None:
        """Return why the endpoint is not to be called any more, None where it is."""
        if any(isinstance(one, NotTaken) and isinstance(one.error, GoneError) for _, one in sent):
            return "It answered 410 Gone: it wants no further messages."
        now, tried = self.clock.now(), [one for batch, _ in sent for one in batch]
        if fails_for(line, tried, now, self.settings.off_after):
            days = self.settings.off_after / timedelta(days=1)
            return f"It has taken nothing for {days:g} days."
        return None

    async def _let_go(self, line: Line, rest: float) -> None:
        until = self.clock.now() + timedelta(seconds=rest) if rest else None
        await self.deliveries.let_go(replace(line, rests_until=until))

    def _tell(self, delivery: Delivery, outcome: Taken | NotTaken) -> None:
        channel = delivery.channel
        result = "taken" if isinstance(outcome, Taken) else outcome.error.code
        self.metrics.observe(NOTIFICATION_SECONDS, outcome.seconds, channel=channel, outcome=result)
        if delivery.state is not DeliveryState.PENDING:
            self.metrics.add(NOTIFICATIONS_TOTAL, channel=channel, state=delivery.state.value)
        if isinstance(outcome, Taken):
            delay = outcome.at - delivery.created_at
            self.metrics.observe(NOTIFICATION_DELAY_SECONDS, delay.total_seconds(), channel=channel)
            return
        _log.warning(
            "a notification was not taken",
            delivery_id=delivery.delivery_id,
            event_type=delivery.event_type,
            subject_id=delivery.subject_id,
            tries=delivery.tries,
            state=delivery.state.value,
            code=outcome.error.code,
            reason=outcome.error.message,
        )
