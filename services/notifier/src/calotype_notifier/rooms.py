"""How much is sent at once: so that neither a slow host nor many of them hold up the others."""

from collections import Counter, OrderedDict
from typing import NamedTuple

_HOSTS_REMEMBERED = 4_096


class Place(NamedTuple):
    """A line's place among those that are being served; doubtful: it may well wait in vain."""

    host: str
    doubtful: bool


class Rooms:
    """Places for lines that are being served.

    A host has a bounded share of them, however many endpoints it has; so have, all together, those
    that gave no answer when they were last asked, or failed.
    """

    def __init__(self, *, most: int, a_host: int) -> None:
        self._most = most
        self._most_doubtful = max(1, most // 2)
        self._a_host = a_host
        self._inside: Counter[str] = Counter()
        self._doubtful = 0
        self._silent: OrderedDict[str, None] = OrderedDict()

    def enter(self, host: str, *, failing: bool) -> Place | None:
        """Take a place for a line; None where there is none for such a one."""
        place = Place(host, failing or self.doubts(host))
        if self._inside[host] >= self._a_host:
            return None
        if place.doubtful and self._doubtful >= self._most_doubtful:
            return None
        self._inside[host] += 1
        self._doubtful += place.doubtful
        return place

    def doubts(self, host: str) -> bool:
        """Return whether the host was silent, or slow, when it was last asked."""
        return host in self._silent

    def width(self, most: int) -> int:
        """Return how many messages a line may send at once: fewer where many are being served.

        So no more are on their way, all together, than there are places.
        """
        return max(1, min(most, self._most // max(1, self._inside.total())))

    def leave(self, place: Place) -> None:
        """Give a place back."""
        self._inside[place.host] -= 1
        self._inside = +self._inside  # without those that nobody is inside of
        self._doubtful -= place.doubtful

    def learn(self, host: str, *, silent: bool) -> None:
        """Remember whether the host answered, whatever it said."""
        self._silent.pop(host, None)
        if silent:
            self._silent[host] = None
        if len(self._silent) > _HOSTS_REMEMBERED:
            self._silent.popitem(last=False)
