"""The clients that are connected to this process, and what each of them follows."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from calotype_core.metric_defs import SOCKETS_OPEN
from calotype_core.ports.metrics import Metrics
from calotype_notifier.notice import Notice


@dataclass(eq=False, slots=True)
class Client:
    """One connection: the origin of the URLs it is told, what it follows, what it has not read."""

    base: str
    backlog: int
    follows: set[str] = field(default_factory=set)
    unread: "asyncio.Queue[Notice | None]" = field(init=False)

    def __post_init__(self) -> None:
        self.unread = asyncio.Queue(self.backlog + 1)  # one place more, for the end

    def tell(self, notice: Notice) -> None:
        """Queue a notice; a client that has fallen too far behind is told that this is the end."""
        if self.unread.qsize() < self.backlog:
            self.unread.put_nowait(notice)
        elif not self.unread.full():
            self.unread.put_nowait(None)


class Sockets:
    """Who follows which id. Bounded in clients, in ids a client, and in notices not yet read."""

    def __init__(self, *, most: int, metrics: Metrics) -> None:
        self._most = most
        self._metrics = metrics
        self._clients: set[Client] = set()
        self._followers: dict[str, set[Client]] = defaultdict(set)

    def join(self, client: Client) -> bool:
        """Take the client in; False where there are too many already."""
        if len(self._clients) >= self._most:
            return False
        self._clients.add(client)
        self._metrics.set(SOCKETS_OPEN, len(self._clients))
        return True

    def leave(self, client: Client) -> None:
        """Forget the client and all that it followed."""
        self._clients.discard(client)
        self._metrics.set(SOCKETS_OPEN, len(self._clients))
        for subject_id in client.follows:
            self._followers[subject_id].discard(client)
            if not self._followers[subject_id]:
                del self._followers[subject_id]

    def follow(self, client: Client, subject_id: str) -> None:
        """Have the client told of this image or job."""
        client.follows.add(subject_id)
        self._followers[subject_id].add(client)

    def followers(self, *subject_ids: str | None) -> set[Client]:
        """Return everyone who follows any of these."""
        known = (self._followers.get(one, set()) for one in subject_ids if one is not None)
        return set().union(*known)
