"""A message that a service gave up, kept whole so that it can be looked at and sent again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from calotype_core.domain.image import Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """The message as it stood in the log; who gave it up, why, and after how many attempts."""

    topic: str
    key: str
    headers: Mapping[str, str]
    value: bytes
    service: str
    cause: Failure
    attempts: int
    died_at: datetime
