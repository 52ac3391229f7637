"""How often something was begun: written down before it is, since Kafka keeps no delivery count."""

from dataclasses import dataclass
from typing import Protocol

from calotype_core.domain.image import Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """The number of this attempt, from 1, and why the one before it failed (None: it died)."""

    number: int
    last_failure: Failure | None = None


class Attempts(Protocol):
    """A ledger of attempts by event id."""

    async def begin(self, event_id: str) -> Attempt:
        """Count one more attempt and return it; the count outlives this process from here on."""

    async def failed(self, event_id: str, failure: Failure) -> None:
        """Remember why the current attempt failed."""

    async def forget(self, event_id: str) -> None:
        """Drop the count: the event has been dealt with. An unknown event is no error."""
