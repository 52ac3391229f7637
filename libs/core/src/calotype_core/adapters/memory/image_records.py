from collections.abc import Callable, Sequence

from calotype_core.domain.image import ImageRecord
from calotype_core.ports.image_records import ImageRecords


class MemoryImageRecords(ImageRecords):
    """Images in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._records: dict[str, ImageRecord] = {}

    async def get(self, image_id: str) -> ImageRecord | None:
        """See ImageReader."""
        return self._records.get(image_id)

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[ImageRecord]:
        """See ImageReader."""
        ids = sorted((one for one in self._records if before is None or one < before), reverse=True)
        return [self._records[image_id] for image_id in ids[:limit]]

    async def by_filename(self, filename: str) -> ImageRecord | None:
        """See ImageReader."""
        ids = [key for key, record in self._records.items() if record.filename == filename]
        return self._records[max(ids)] if ids else None

    async def update(
        self, image_id: str, change: Callable[[ImageRecord | None], ImageRecord]
    ) -> ImageRecord:
        """See ImageRecords."""
        record = self._records[image_id] = change(self._records.get(image_id))
        return record

    async def delete(self, image_id: str) -> None:
        """See ImageRecords."""
        self._records.pop(image_id, None)
