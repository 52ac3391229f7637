"""What happened, in order, for everyone who needs to know; read by groups and by tails."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class Partition(NamedTuple):
    """A topic's lane; order holds within it."""

    topic: str
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """An event as bytes on its way into the log. Messages of one key keep their order."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A message at its place in the log, and when it came there, by the log's own clock.

    Offsets of a partition grow; they may have gaps.
    """

    partition: Partition
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str]
    appended_at: datetime


# Told which partitions pass to another member. Until it returns they are still this member's.
Revoked = Callable[[Collection[Partition]], Awaitable[None]]


class Reader(Protocol):
    """A place in the log that moves on."""

    async def poll(self, limit: int, wait_seconds: float) -> Sequence[Record]:
        """Return up to limit next records; waits that long for the first, then none."""


class Subscription(Reader, Protocol):
    """A member's share of a consumer group."""

    async def poll(self, limit: int, wait_seconds: float) -> Sequence[Record]:
        """Return up to limit next records, each once; waits that long for the first, then none.

        A new subscription begins at the group's committed positions (at the oldest record where
        there is none), so records that were handed out and not committed come again.
        """

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Remember, per partition, the next offset that the group has to read.

        Survives the process. What is lost of it (a power cut, a rebalance) is redelivered.
        """

    async def lag(self) -> Mapping[Partition, int]:
        """Return, per partition of this member, how many records the group has not committed."""


class Tail(Reader, Protocol):
    """Every record from where it was opened on, for this process alone; nothing is committed."""

    @property
    def caught_up(self) -> bool:
        """True once all that was there when it was opened has been handed out."""


class EventLog(Protocol):
    """Topics of records."""

    async def append(self, messages: Sequence[Message]) -> None:
        """Append all, in this order per key; durable once this returns.

        After an error some may have been appended: append the same messages again, readers know a
        repeated event by its id. Raises Unavailable.
        """

    def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Join the group for these topics until the context ends.

        Where members share a group, partitions move between them as they come and go. Before one
        leaves this member, revoked is awaited, and nothing more of it is handed out: finish what
        was begun of it and commit that; what is not committed by then is handed out again, to the
        other member.
        """

    def tail(
        self, topics: Sequence[str], *, since: datetime | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        """Follow these topics from now on: what is appended once the context is entered is seen.

        With since, what was appended from then on (by the log's clock) and is still there comes
        first; some that is older may come with it.
        """
