"""Ids so young that their record may still be on its way: waited for briefly, and never a 404."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from calotype_core.domain import ids
from calotype_core.errors import CalotypeError, MalformedRequestError, NotFoundError, Unavailable
from calotype_core.ports.clock import Clock

FoundT = TypeVar("FoundT")
_LOOK_AGAIN_SECONDS = 0.02


class MalformedIdError(MalformedRequestError):
    """The text is no id: not one that was ever given out."""

    code = "malformed_id"


class UnknownIdError(NotFoundError):
    """No image and no job has this id."""

    code = "unknown_id"


class NotYetKnownError(Unavailable):
    """An id so young that what it names may have been accepted, and not have come here yet."""

    code = "not_yet_known"
    headers: Mapping[str, str] = {"Retry-After": "2"}


@dataclass(frozen=True, kw_only=True, slots=True)
class YoungIds:
    """How old an id may be for its record to be on its way, and how long that is waited for."""

    clock: Clock
    young_seconds: float = 60.0
    wait_seconds: float = 2.0

    async def find(
        self,
        subject_id: str,
        look: Callable[[], Awaitable[FoundT | None]],
        *,
        most: float = float("inf"),
    ) -> FoundT | None:
        """Return what look finds, asking again for a while (at most seconds) if the id is young."""
        patience = min(most, self.wait_seconds) if self.is_young(subject_id) else 0
        deadline = self.clock.monotonic() + patience
        while (found := await look()) is None and self.clock.monotonic() < deadline:
            await self.clock.sleep(_LOOK_AGAIN_SECONDS)
        return found

    def unknown(self, subject_id: str) -> CalotypeError:
        """Return what to say of an id that has no record. One's own write is never a 404."""
        if self.is_young(subject_id):
            return NotYetKnownError(
                f"Nothing is known of {subject_id} yet. If it was just accepted, its record is on"
                " its way: ask again in a moment."
            )
        return UnknownIdError(
            f"Nothing is known of {subject_id}. It never was, or it has been deleted."
        )

    def is_young(self, subject_id: str) -> bool:
        """Return whether what the id names may have been accepted and not have come here yet."""
        age = (self.clock.now() - ids.time_of(subject_id)).total_seconds()
        return abs(age) < self.young_seconds  # clocks differ a little


def id_of(text: str) -> str:
    """Return the id in its one spelling; raises MalformedIdError."""
    try:
        return ids.parse_id(text)
    except ids.MalformedIdError:
        raise MalformedIdError(
            f"{text[:80]!r} is no id. An id is what an upload answered as imageId or jobId, such as"
            " 01936f5e-7c1a-7b3e-9d52-8f0e4c6a2b10."
        ) from None
