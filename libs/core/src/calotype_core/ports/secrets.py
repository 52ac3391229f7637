"""Secrets that nobody chose: made on the first start, and kept for all later ones."""

from typing import Protocol


class Secrets(Protocol):
    """Secrets by name."""

    async def keep(self, name: str, candidate: str) -> str:
        """Return the secret of that name; where there is none yet, keep the candidate as it.

        Whoever asks first, and however many ask at once, all are given the same. Durable. Raises
        Unavailable.
        """
