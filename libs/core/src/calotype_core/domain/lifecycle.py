r"""Which event may follow which state: (state, event) -> state, and nothing else.

    (none) --accepted--> processing --processed--> completed
                             \-------failed-----> failed

A terminal state never changes. Only a higher generation (a retry, a redrive) begins anew. Events
come twice and, because they travel on different topics, out of order: an outcome may be seen before
the acceptance that led to it, and then stands.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """What a client sees of an image or a job."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """True where nothing more will happen in this generation."""
        return self is not Status.PROCESSING


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """Where an image is: which generation of it, and its status there."""

    generation: int
    status: Status


class Step(Protocol):
    """What the lifecycle needs to know of an event."""

    @property
    def generation(self) -> int:
        """Which run of the image the event tells of, from 1."""

    @property
    def leads_to(self) -> Status:
        """The status that the event announces."""


def follow(state: State | None, step: Step) -> State:
    """Return the state after the event; the same state where the event changes nothing."""
    announced = State(generation=step.generation, status=step.leads_to)
    if state is None or announced.generation > state.generation:
        return announced
    if announced.generation < state.generation or state.status.is_terminal:
        return state
    return announced
