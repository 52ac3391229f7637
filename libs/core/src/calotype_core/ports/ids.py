"""New ids come in through the door."""

from typing import Protocol


class Ids(Protocol):
    """A source of ids."""

    def new(self) -> str:
        """Return a UUIDv7 never given before; ids from one source ascend."""
