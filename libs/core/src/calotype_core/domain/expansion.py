"""How far a job has been handed out: one account for each generation of it."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Expansion:
    """What is to be handed out of a job, and where to go on; its id is job and generation.

    instructions are canonical JSON, causes the failure codes whose items are handed out again
    (empty: all). next_position and next_byte are a place in the manifest. Until held_until it is
    somebody's turn; closed_at says that there is nothing more to hand out.
    """

    job_id: str
    generation: int
    manifest_key: str
    total: int
    instructions: str
    causes: tuple[str, ...] = ()
    callback_url: str | None = None
    accepted_at: datetime
    next_position: int = 0
    next_byte: int = 0
    held_until: datetime | None = None
    closed_at: datetime | None = None
    revision: int = 0
    cancelled: bool = False

    def moved_to(self, after: "Expansion") -> "Expansion":
        """Return this, one revision on, with the place, the hold and the end that after has."""
        return replace(
            self,
            next_position=after.next_position,
            next_byte=after.next_byte,
            held_until=after.held_until,
            closed_at=after.closed_at,
            revision=self.revision + 1,
        )
