"""The notifier's own record of what it owes to whom, and how each try of it went.

Deliveries wait in lines, one an endpoint: whoever holds a line sends what is due in it, so that an
endpoint has one sender at a time, whatever the number of processes, and no endpoint waits for
another. A line that nobody lets go of, since its holder died, is free again after a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One attempt to hand a delivery over: when, how long it took, and what came of it.

    code is the stable one of what went wrong, None where it was taken; status an HTTP answer's,
    where there was one; answer an excerpt of it, or what went wrong in words.
    """

    at: datetime
    seconds: float
    code: str | None = None
    status: int | None = None
    answer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One notification to one endpoint; its id is derived from both, so that it exists once.

    endpoint names the line that it waits in, channel what it goes through, to the address there.
    subject_id is the image, job or webhook that it is about. tries counts those since it was owed
    (again, if it is replayed); attempts tells of the latest.
    """

    delivery_id: str
    event_id: str
    event_type: str
    subject_id: str
    channel: str
    endpoint: str
    to: str
    body: str
    state: DeliveryState = DeliveryState.PENDING
    tries: int = 0
    attempts: tuple[Try, ...] = ()
    next_attempt_at: datetime
    created_at: datetime

    def recorded_over(self, known: "Delivery") -> "Delivery":
        """Return what is to be kept of this after a try, where the other is what was kept."""
        begun_anew = known.tries < self.tries - 1
        return replace(known, attempts=self.attempts) if begun_anew else self

    def owed_again(self, now: datetime) -> "Delivery":
        """Return this as it is to be sent once more: from its first try on, its past kept."""
        return replace(self, state=DeliveryState.PENDING, tries=0, next_attempt_at=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """An endpoint's line, and how the endpoint fares: its failures in a row, and since when.

    Until rests_until nothing is to be sent to it, whatever comes meanwhile.
    """

    endpoint: str
    holder: str | None = None
    held_until: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None

    @property
    def memorable(self) -> bool:
        """Whether it is worth remembering with nothing in it: its endpoint is failing, or rests."""
        return self.failures > 0 or self.failing_since is not None or self.rests_until is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """Which deliveries are looked for: those that match everything that is given."""

    endpoint: str | None = None
    state: DeliveryState | None = None
    event_type: str | None = None
    subject_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """How many deliveries are owed again; goes_on_at: since when to look for those beyond a limit.

    None where none are left. Of that very instant some may be among both.
    """

    count: int
    goes_on_at: datetime | None = None


class Deliveries(Protocol):
    """Deliveries by id and age, and the lines that they wait in. Every method raises Unavailable.

    Every change to a delivery is durable.
    """

    async def schedule(self, deliveries: Sequence[Delivery]) -> int:
        """Keep those whose id is not known yet, and return how many that were.

        Their lines become due with them at the latest, those that rest after that; so do the lines
        of known ones that are pending, since a crash may have come between. What is known is left
        as it is.
        """

    async def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""

    async def newest(
        self, sought: Sought, *, limit: int, before: str | None = None
    ) -> Sequence[Delivery]:
        """Return up to limit, the newest first; only what is older than the delivery before.

        Those of one moment are in descending order of their ids. An unknown before gives none.
        """

    async def take(
        self, now: datetime, *, holder: str, until: datetime, limit: int
    ) -> Sequence[Line]:
        """Hold up to limit lines that are due and held by nobody, the longest due first."""

    async def keep(self, line: Line, until: datetime) -> bool:
        """Hold the line for longer; False where it is not this holder's any more."""

    async def due(self, endpoint: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return up to limit pending deliveries of a line that are due, the longest due first."""

    async def record(self, delivery: Delivery) -> None:
        """Replace the delivery by what it has become after a try; what was dropped stays away.

        One that was begun anew meanwhile (again), so that it has had fewer tries than were made
        before this one, stays owed: only its attempts are replaced.
        """

    async def let_go(self, line: Line) -> None:
        """Hold the line no more, and remember how its endpoint fares as it is given.

        It is due with the first of its pending deliveries, and not before rests_until. One in which
        nothing waits is forgotten, unless it is memorable. Changes nothing where the line is not
        this holder's any more. Who woke the line while it was held knows better: then there are no
        failures, and no rest.
        """

    async def line(self, endpoint: str) -> Line | None:
        """Return the endpoint's line; None where nothing waits and nothing is wrong."""

    async def wake(self, endpoint: str, now: datetime) -> None:
        """Have the line be due now, if anything waits in it; forget its failures and its rest."""

    async def again(self, delivery_id: str, now: datetime) -> Delivery | None:
        """Have a delivery, ended or pending, be sent once more, from its first try on.

        What is known of earlier attempts stays. None: it is unknown.
        """

    async def again_since(
        self, endpoint: str, since: datetime, now: datetime, *, limit: int
    ) -> Replayed:
        """Do the same to up to limit ended deliveries of an endpoint, created since.

        The oldest come first. Those that are pending are left as they are.
        """

    async def drop(self, endpoint: str) -> None:
        """Forget the endpoint's line and all its deliveries: whoever asked for them is gone."""

    async def expire(self, before: datetime) -> int:
        """Drop the deliveries that were created earlier, whatever their state; tell how many.

        Lines in which nothing waits go with them, where the endpoint has been failing for longer
        and does not rest any more.
        """
