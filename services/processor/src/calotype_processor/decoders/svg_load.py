"""How much an SVG makes a renderer draw, all that it refers to counted as often as it is drawn.

A few lines can refer to one another until there are a billion of them: what refers ten times to
what refers ten times.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from calotype_processor.errors import ImageTooLargeError, ImageUndecodableError

MOST_DRAWN = 100_000
MOST_LINKS = 100_000
_DEEPEST_CHAIN = 20
_FREE = frozenset({"linearGradient", "radialGradient"})  # paint, whoever uses it


@dataclass(slots=True)
class Shape:
    """An element: its name, its cost, its path's points, and the number of the first one after it.

    Elements are numbered in the order in which they begin, so that what is in one lies between.
    """

    name: str
    cost: int
    points: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from an element to an id, by every "element" or every "point" of what is in it.

    Empty: by the element alone.
    """

    shape: int
    target: str
    by: str = ""


class Load:
    """The costs of one drawing's elements, each looked into once."""

    def __init__(
        self, shapes: Sequence[Shape], ids: Mapping[str, int], links: Sequence[Link]
    ) -> None:
        self._shapes = shapes
        self._ids = ids
        self._links = sorted(links, key=lambda link: link.shape)
        self._starts = [link.shape for link in self._links]
        # Up to each element, so that a part's sum is a difference.
        self._costs = [0, *accumulate(shape.cost for shape in shapes)]
        self._points = [0, *accumulate(shape.points for shape in shapes)]
        self._known: dict[int, int] = {}

    def check(self) -> None:
        """Raise ImageTooLargeError where too much is drawn, ImageUndecodableError in a circle."""
        if len(self._links) > MOST_LINKS:
            raise ImageTooLargeError(
                f"The SVG's parts refer to one another more than {MOST_LINKS} times. Send a simpler"
                " one."
            )
        if (drawn := self._of(0, chain=0)) > MOST_DRAWN:
            raise ImageTooLargeError(
                f"The SVG draws {drawn} elements, those counted as often as they are used; at most "
                f"{MOST_DRAWN} are allowed. Send a simpler one."
            )

    def _of(self, index: int, *, chain: int) -> int:
        if chain > _DEEPEST_CHAIN:
            raise ImageUndecodableError(
                f"The SVG's parts refer to one another in a circle, or more than {_DEEPEST_CHAIN} "
                "times in a row. Send one whose parts do not."
            )
        if index not in self._known:
            end = self._shapes[index].end
            first, last = bisect_left(self._starts, index), bisect_left(self._starts, end)
            self._known[index] = (self._costs[end] - self._costs[index]) + sum(
                self._times(link) * self._target(link, chain) for link in self._links[first:last]
            )
        return self._known[index]

    def _target(self, link: Link, chain: int) -> int:
        index = self._ids.get(link.target)
        if index is None or self._shapes[index].name in _FREE:
            return 0
        return self._of(index, chain=chain + 1)

    def _times(self, link: Link) -> int:
        begin, end = link.shape, self._shapes[link.shape].end
        if link.by == "point":
            return self._points[end] - self._points[begin]
        return end - begin if link.by == "element" else 1
