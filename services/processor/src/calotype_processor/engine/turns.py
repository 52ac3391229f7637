"""Whose turn it is for one of a few seats."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

SeatT = TypeVar("SeatT")


class Turns(Generic[SeatT]):
    """Seats, taken by one at a time, in two queues: the second is served when the first is empty.

    Within a queue the order is that of asking.
    """

    def __init__(self, seats: Iterable[SeatT]) -> None:
        self._free = deque(seats)
        self._waiting: tuple[deque[asyncio.Future[SeatT]], ...] = (deque(), deque())

    async def take(self, *, last: bool) -> SeatT:
        """Return a seat, which is the caller's until it is given back; last: after all others."""
        if self._free:
            return self._free.popleft()
        turn: asyncio.Future[SeatT] = asyncio.get_running_loop().create_future()
        self._waiting[last].append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(turn.result())  # it came at the moment at which nobody wanted it
            raise

    def give_back(self, seat: SeatT) -> None:
        """Pass the seat to whoever is next."""
        for queue in self._waiting:
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(seat)
                    return
        self._free.append(seat)
