"""What signs the requests to callback URLs: chosen by the operator, or made here and kept."""

from collections.abc import Callable, Sequence

from calotype_core.domain.signatures import RANDOM_BYTES, new_secret
from calotype_core.ports.secrets import Secrets

NAME = "webhook-secret"


class CallbackSecrets:
    """The chosen secrets, the newest first; where there is none, one that is made when asked for.

    randomness draws bytes that nobody guesses.
    """

    def __init__(
        self, chosen: Sequence[str], kept: Secrets, randomness: Callable[[int], bytes]
    ) -> None:
        self._known = tuple(chosen)
        self._kept = kept
        self._randomness = randomness

    async def get(self) -> tuple[str, ...]:
        """Return them; raises Unavailable."""
        if not self._known:
            candidate = new_secret(self._randomness(RANDOM_BYTES))
            self._known = (await self._kept.keep(NAME, candidate),)
        return self._known
