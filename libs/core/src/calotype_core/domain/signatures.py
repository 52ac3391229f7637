"""How a receiver knows that a request is ours, and is no old one: Standard Webhooks 1.0.

A secret is whsec_ and base64; what is signed is the message's id, the time of the try and the body.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
RANDOM_BYTES = 32
SHORTEST_BYTES, LONGEST_BYTES = 24, 64
EXPECTED = f"{PREFIX} and the base64 of {SHORTEST_BYTES} to {LONGEST_BYTES} bytes"
_LONGEST_TEXT = 4 * LONGEST_BYTES  # more than any that is right


def new_secret(randomness: bytes) -> str:
    """Return the secret that RANDOM_BYTES of randomness make; raises ValueError on others."""
    if len(randomness) != RANDOM_BYTES:
        raise ValueError(len(randomness))
    return PREFIX + base64.b64encode(randomness).decode()


def secret_issue(text: str) -> str | None:
    """Return what is wrong with a secret, in words that do not repeat it, or None."""
    if not text.startswith(PREFIX):
        return f"the secret does not begin with {PREFIX}"
    if len(text) > _LONGEST_TEXT:
        return f"the secret is too long: expected {EXPECTED}"
    try:
        key = _key_of(text)
    except ValueError:
        return f"the secret is not base64 after {PREFIX}, or lacks its padding"
    if not SHORTEST_BYTES <= len(key) <= LONGEST_BYTES:
        return f"the secret has {len(key)} bytes: expected {SHORTEST_BYTES} to {LONGEST_BYTES}"
    return None


def signed(
    secrets: Sequence[str], message_id: str, timestamp: datetime, body: str
) -> Mapping[str, str]:
    """Return the headers that prove a try of a message: one signature a secret, in their order.

    Each secret is one that secret_issue finds nothing wrong with; timestamp is the try's.
    """
    seconds = int(timestamp.timestamp())
    content = f"{message_id}.{seconds}.{body}".encode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(_signature(_key_of(one), content) for one in secrets),
    }


def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
