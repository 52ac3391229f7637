import secrets

from calotype_core.adapters.local.ascending_ids import AscendingIds
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.clock import Clock


class SystemIds(AscendingIds):
    """Ids that nobody can guess, from the machine's randomness."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock or SystemClock(), secrets.randbits)
