"""What signs the requests to callback URLs, where nobody chose it."""

from collections.abc import Callable, Sequence

from calotype_core.domain.signatures import RANDOM_BYTES, new_secret
from calotype_core.ports.secrets import Secrets

NAME = "webhook-secret"


async def callback_secrets(
    chosen: Sequence[str], secrets: Secrets, randomness: Callable[[int], bytes]
) -> tuple[str, ...]:
    """Return the chosen ones; where there is none, the one that was made when first asked for.

    Raises Unavailable.
    """
    return tuple(chosen) or (await secrets.keep(NAME, new_secret(randomness(RANDOM_BYTES))),)
