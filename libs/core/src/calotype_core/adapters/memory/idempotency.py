from dataclasses import replace
from datetime import datetime

from calotype_core.ports.idempotency import Claim, IdempotencyKeys


class MemoryIdempotencyKeys(IdempotencyKeys):
    """Claims in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}

    async def claim(self, claim: Claim) -> Claim:
        """See IdempotencyKeys."""
        return self._claims.setdefault(claim.key, claim)

    async def answer(self, key: str, answer: str) -> None:
        """See IdempotencyKeys."""
        if key in self._claims:
            self._claims[key] = replace(self._claims[key], answer=answer)

    async def get(self, key: str) -> Claim | None:
        """See IdempotencyKeys."""
        return self._claims.get(key)

    async def expire(self, before: datetime) -> int:
        """See IdempotencyKeys."""
        old = [key for key, claim in self._claims.items() if claim.claimed_at < before]
        for key in old:
            del self._claims[key]
        return len(old)
