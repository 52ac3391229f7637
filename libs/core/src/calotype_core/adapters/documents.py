"""Records as documents: a frozen dataclass as JSON, for every store that keeps them whole."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Documents(Generic[T]):
    """Turns values of one dataclass into JSON and back.

    Fields that a newer version wrote and this one does not know are ignored; fields that an older
    version did not write yet get their defaults.
    """

    def __init__(self, kind: type[T]) -> None:
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(kind)

    def dump(self, value: T) -> str:
        """Return the value as JSON text."""
        return self._encoder.encode(value).decode()

    def load(self, text: str) -> T:
        """Return the value that the JSON text holds."""
        return self._decoder.decode(text)
