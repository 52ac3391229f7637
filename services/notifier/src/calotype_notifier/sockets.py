"""The clients that are connected to this process, and what each of them follows."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from calotype_core.metric_defs import SOCKETS_OPEN
from calotype_core.ports.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Told:
    """What clients are told: JSON, one text for all of them; event_id is where to go on from."""

    kind: str
    text: str
    event_id: str | None = None


@dataclass(eq=False, slots=True)
class Client:
    """One connection: the origin of the URLs it is told, what it follows, what it has not read.

    It may fall behind by so many messages, and characters. Of counted it is told no images.
    """

    base: str
    backlog: int
    backlog_characters: int = 2 * 1024 * 1024
    follows: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    too_slow: bool = False
    _unread: deque[Told] = field(default_factory=deque)
    _characters: int = 0
    _ended: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _roomy: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._roomy.set()

    def tell(self, told: Told) -> None:
        """Queue what it is told; a client that has fallen too far behind is told no more."""
        if self._ended:
            return
        longer = self._characters + len(told.text)
        if self._unread and (len(self._unread) >= self.backlog or longer > self.backlog_characters):
            self.too_slow = True
            self.end()
            return
        self._unread.append(told)
        self._characters = longer
        self._woken.set()
        if not self._is_roomy():
            self._roomy.clear()

    def tell_first(self, told: Told) -> None:
        """Have it told this before all that it has not read yet."""
        self._unread.appendleft(told)
        self._characters += len(told.text)
        self._woken.set()

    def end(self) -> None:
        """Have it told no more than it has been told."""
        self._ended = True
        self._woken.set()

    async def room(self) -> None:
        """Return once it has read most of what it was told: nobody is cut off by an answer."""
        await self._roomy.wait()

    async def next(self) -> Told | None:
        """Return what it is told next; None where that was all."""
        while not self._unread:
            if self._ended:
                return None
            self._woken.clear()
            await self._woken.wait()
        told = self._unread.popleft()
        self._characters -= len(told.text)
        if self._is_roomy():
            self._roomy.set()
        return told

    def _is_roomy(self) -> bool:
        return (
            len(self._unread) * 2 <= self.backlog
            and self._characters * 2 <= self.backlog_characters
        )


class Sockets:
    """Who follows which id. Bounded in clients, in ids a client, and in what is not yet read."""

    def __init__(self, *, most: int, metrics: Metrics) -> None:
        self._most = most
        self._metrics = metrics
        self._clients: set[Client] = set()
        self._followers: dict[str, set[Client]] = defaultdict(set)
        self._of_all: set[Client] = set()
        self._leaving = False

    def join(self, client: Client) -> bool:
        """Take the client in; False where there are too many already, or the process is to end."""
        if self._leaving or len(self._clients) >= self._most:
            return False
        self._clients.add(client)
        self._metrics.set(SOCKETS_OPEN, len(self._clients))
        return True

    def leave(self, client: Client) -> None:
        """Forget the client and all that it followed."""
        self._clients.discard(client)
        self._of_all.discard(client)
        self._metrics.set(SOCKETS_OPEN, len(self._clients))
        for subject_id in tuple(client.follows):
            self.unfollow(client, subject_id)

    def end(self) -> None:
        """Tell nobody any more, and let nobody in: the process is to end."""
        self._leaving = True
        for client in self._clients:
            client.end()

    def follow(self, client: Client, subject_id: str, *, images: bool = True) -> None:
        """Have the client told of this image or job; of the job's images only where asked."""
        client.follows.add(subject_id)
        (client.counted.discard if images else client.counted.add)(subject_id)
        self._followers[subject_id].add(client)

    def follow_all(self, client: Client) -> None:
        """Have the client told of everything."""
        self._of_all.add(client)

    def unfollow(self, client: Client, subject_id: str) -> None:
        """Have the client told of this image or job no more."""
        client.follows.discard(subject_id)
        client.counted.discard(subject_id)
        self._followers[subject_id].discard(client)
        if not self._followers[subject_id]:
            del self._followers[subject_id]

    def told_of_image(self, image_id: str, job_id: str | None) -> Collection[Client]:
        """Return everyone who is told of this image, by itself or as one of its job."""
        of_job = self._followers.get(job_id, set()) if job_id else set()
        told = {one for one in of_job if job_id not in one.counted}
        return told | self._followers.get(image_id, set()) | self._of_all

    def told_of_job(self, job_id: str) -> Collection[Client]:
        """Return everyone who is told of this job's end."""
        return self._followers.get(job_id, set()) | self._of_all

    def told_of_progress(self, job_id: str) -> Collection[Client]:
        """Return everyone who is told of how this job gets on."""
        return self._followers.get(job_id, ())


def tell_all(clients: Collection[Client], words: Callable[[str], Told]) -> None:
    """Tell all of them the same; the words are made once for each base, not for each client."""
    by_base: dict[str, Told] = {}
    for client in tuple(clients):
        told = by_base.get(client.base) or words(client.base)
        by_base[client.base] = told
        client.tell(told)
