"""The read model of images."""

from collections.abc import Callable, Sequence
from typing import Protocol

from calotype_core.domain.image import ImageRecord


class ImageReader(Protocol):
    """Looking images up."""

    async def get(self, image_id: str) -> ImageRecord | None:
        """Return the image's record, or None where nothing is known of it (yet)."""

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[ImageRecord]:
        """Return up to limit records, newest id first; only ids smaller than before, if given."""

    async def by_filename(self, filename: str) -> ImageRecord | None:
        """Return the newest image that came in under this name."""


class ImageRecords(ImageReader, Protocol):
    """Looking up, the one way to write, and removal."""

    async def update(
        self, image_id: str, change: Callable[[ImageRecord | None], ImageRecord]
    ) -> ImageRecord:
        """Replace the record by what change makes of it, atomically, and return that.

        change is pure and may be called more than once. Raises Unavailable.
        """

    async def delete(self, image_id: str) -> None:
        """Drop the record; an unknown image is no error. Raises Unavailable."""
