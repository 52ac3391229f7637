from collections.abc import Callable

from calotype_core.domain.ids import make_id
from calotype_core.ports.clock import Clock
from calotype_core.ports.ids import Ids

_BITS = 74  # what a UUIDv7 has beside its time
_STEP_BITS = 40  # enough that an id's neighbour cannot be guessed, little enough never to run out


class AscendingIds(Ids):
    """UUIDv7s that ascend, also within a millisecond and where the clock is turned back.

    draw returns that many random bits.
    """

    def __init__(self, clock: Clock, draw: Callable[[int], int]) -> None:
        self._clock = clock
        self._draw = draw
        self._last = 0

    def new(self) -> str:
        """See Ids."""
        unix_ms = int(self._clock.now().timestamp() * 1000)
        # The top bit is left clear as room for the steps to come (RFC 9562, 6.2, method 2).
        fresh = (unix_ms << _BITS) | self._draw(_BITS - 1)
        self._last = max(fresh, self._last + 1 + self._draw(_STEP_BITS))
        return make_id(self._last >> _BITS, self._last)
