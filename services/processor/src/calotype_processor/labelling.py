"""Labels: asked for once an image is rendered, and never in its way."""

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

from calotype_core import logs
from calotype_core.domain.image import Label
from calotype_core.errors import CalotypeError
from calotype_core.metric_defs import IMAGES_UNLABELLED_TOTAL, LABEL_SECONDS
from calotype_core.ports.clock import Clock
from calotype_core.ports.labeller import CHANNELS, Labeller, LabellerAwayError, Preview
from calotype_core.ports.metrics import Metrics
from calotype_processor.engine.messages import PreviewFile

MODEL = Path(__file__).parent / "model"  # what the package ships
# Images within it are not held up, each for as long as labels may take, to learn the same again.
PAUSE_SECONDS = 10.0

_log = logs.get_logger(__name__)


@dataclass(kw_only=True, slots=True)
class Labelling:
    """Asks a labeller about images; where it fails they have no labels, and the numbers say so."""

    labeller: Labeller
    clock: Clock
    metrics: Metrics
    _silent_until: float = field(default=0.0, init=False)

    async def labels_of(self, file: PreviewFile | None) -> tuple[Label, ...]:
        """Return what the picture shows; empty where that cannot be told. Raises nothing."""
        began = self.clock.monotonic()
        if file is None or began < self._silent_until:
            cause = LabellerAwayError.code if file else "no_preview"
            self.metrics.add(IMAGES_UNLABELLED_TOTAL, cause=cause)
            return ()
        outcome = "cancelled"
        try:
            labels = await self.labeller.label(await asyncio.to_thread(_read, file))
            outcome = "labelled"
        except Exception as error:  # noqa: BLE001 - an image is worth more than its labels
            outcome = self._failed(error)
            return ()
        finally:
            self.metrics.observe(LABEL_SECONDS, self.clock.monotonic() - began, outcome=outcome)
        return labels

    def _failed(self, error: Exception) -> str:
        known = isinstance(error, CalotypeError)
        cause = error.code if isinstance(error, CalotypeError) else "internal"
        if isinstance(error, LabellerAwayError):
            self._silent_until = self.clock.monotonic() + PAUSE_SECONDS
        self.metrics.add(IMAGES_UNLABELLED_TOTAL, cause=cause)
        # What is not ours may say anything, a secret too.
        reason = str(error) if known else type(error).__name__
        _log.warning("no labels", code=cause, reason=reason)
        return cause


def _read(file: PreviewFile) -> Preview:
    # The child may have left anything there, such as a link, a pipe, or what never ends.
    whole = file.width * file.height * CHANNELS
    opened = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(opened, "rb") as pixels:  # noqa: PTH123 - a descriptor is what is there
        return Preview(width=file.width, height=file.height, rgb=pixels.read(whole + 1))
