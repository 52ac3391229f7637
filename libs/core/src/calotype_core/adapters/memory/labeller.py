from collections import deque
from collections.abc import Iterable, Mapping

from calotype_core.domain.image import Label
from calotype_core.errors import Unavailable
from calotype_core.ports.labeller import LabelBounds, Labeller, Preview


class MemoryLabeller(Labeller):
    """Sees the same in every picture; fails, one error each time, with what it is told to."""

    def __init__(
        self,
        seen: Mapping[str, float],
        bounds: LabelBounds,
        *,
        failures: Iterable[Unavailable] = (),
    ) -> None:
        self.asked: list[Preview] = []
        self.failures = deque(failures)
        self._labels = bounds.applied(seen.items())

    async def label(self, preview: Preview) -> tuple[Label, ...]:
        """See Labeller."""
        self.asked.append(preview)
        if self.failures:
            raise self.failures.popleft()
        return self._labels
