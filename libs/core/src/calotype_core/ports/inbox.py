"""The bucket as a door: what others put there, on its way to becoming images."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calotype_core.errors import Rejected

PREFIX = "uploads/"  # what the inbox is called in a bucket, and in the status of what came in by it


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One version of an object in the inbox; key, version and time together name it for ever.

    key is whatever its owner called it, below the inbox: spaces, any letters, plus signs. The time
    is when that version arrived, and the same whoever is asked, and however often.
    """

    key: str
    version: str
    size_bytes: int
    arrived_at: datetime


class ArrivalUnreadableError(Rejected):
    """We may not read what lies in the inbox; its owner has to allow it."""

    code = "arrival_unreadable"


class Inbox(Protocol):
    """Objects that wait to be accepted. Whoever has accepted one removes it.

    Who lists it finds everything, also what no notification told of. What is not whole yet does not
    wait, nor does what only marks a folder: no bytes under a key that ends in a slash.
    """

    def list(self) -> AsyncIterator[Arrival]:
        """Yield what waits, of each key one version, in no promised order. Raises Unavailable."""

    async def find(self, key: str) -> Arrival | None:
        """Return the version that waits under the key, or None where none does.

        Raises Unavailable.
        """

    def read(self, arrival: Arrival) -> AsyncIterator[bytes]:
        """Yield that version's bytes, whole, or raise.

        Raises ObjectMissingError where that version is there no longer, in the middle too;
        ArrivalUnreadableError; Unavailable.
        """

    async def remove(self, arrival: Arrival) -> None:
        """Remove that version and no newer one; one that has gone already is no error.

        Raises Unavailable.
        """
