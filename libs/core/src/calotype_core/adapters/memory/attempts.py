from calotype_core.domain.image import Failure
from calotype_core.ports.attempts import Attempt, Attempts


class MemoryAttempts(Attempts):
    """A ledger of attempts in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[int, Failure | None]] = {}

    async def begin(self, event_id: str) -> Attempt:
        """See Attempts."""
        number, failure = self._begun.get(event_id, (0, None))
        self._begun[event_id] = (number + 1, None)
        return Attempt(number=number + 1, last_failure=failure)

    async def failed(self, event_id: str, failure: Failure) -> None:
        """See Attempts."""
        if event_id in self._begun:
            self._begun[event_id] = (self._begun[event_id][0], failure)

    async def forget(self, event_id: str) -> None:
        """See Attempts."""
        self._begun.pop(event_id, None)
