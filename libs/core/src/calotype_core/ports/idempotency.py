"""Requests that carry an Idempotency-Key: the same key again is the same request, not another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a key stands for: a request's fingerprint, its ids' parent, and its answer if given."""

    key: str
    fingerprint: str
    subject_id: str
    claimed_at: datetime
    answer: str | None = None


class IdempotencyKeys(Protocol):
    """Claims by key. They outlive the process, and may be dropped a day after they were made."""

    async def claim(self, claim: Claim) -> Claim:
        """Keep the claim if its key is free, durably; return the one that holds the key."""

    async def answer(self, key: str, answer: str) -> None:
        """Remember what the request was answered. An unknown key is no error."""

    async def get(self, key: str) -> Claim | None:
        """Return the claim that holds the key, or None."""

    async def expire(self, before: datetime) -> int:
        """Drop the claims made before that time; return how many."""
