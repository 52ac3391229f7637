import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from calotype_core.domain.image import Label
from calotype_core.errors import CalotypeError
from calotype_core.ports.labeller import LabelBounds, Labeller, LabellerAwayError, Preview

_MODEL, _NAMES = "labels.onnx", "labels.txt"
_SIDE = 224  # pixels: what the model looks at, the middle of the preview
_MEAN, _SPREAD = 127, 128  # of a pixel's 0 to 255, as the model was trained
_QUIET = 3  # errors, and no warnings about a machine that is not a server's
_WAYS_OUT = "set CALOTYPE_LABELS_BY=rekognition, or leave labels out of CALOTYPE_FACTS"


class ModelUnusableError(CalotypeError):
    """The model that finds labels cannot be loaded."""

    code = "label_model_unusable"


class OnnxLabeller(Labeller):
    """An image classifier on this machine, run by ONNX Runtime: one core, one image at a time."""

    def __init__(self, session: Any, names: Sequence[str], bounds: LabelBounds) -> None:  # noqa: ANN401 - ONNX Runtime ships no types
        self._session = session
        self._names = names
        self._bounds = bounds
        # What would take a second thread is a core that decodes.
        self._thread = ThreadPoolExecutor(1, "labels")

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, bounds: LabelBounds) -> AsyncIterator[Self]:
        """Load the folder's labels.onnx and labels.txt (row i of the one is line i of the other).

        Raises ModelUnusableError. Takes some 110 MB while it is open.
        """
        session, names = await asyncio.to_thread(_load, folder)
        labeller = cls(session, names, bounds)
        try:
            yield labeller
        finally:
            await asyncio.to_thread(labeller._thread.shutdown, cancel_futures=True)

    async def label(self, preview: Preview) -> tuple[Label, ...]:
        """See Labeller."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await loop.run_in_executor(self._thread, self._look, preview)
        except TimeoutError:
            raise LabellerAwayError(
                f"The label model had no time within {self._bounds.seconds:g} s: this machine has"
                " too much to do. Give it more cores, or raise CALOTYPE_LABELS_SECONDS."
            ) from None

    def _look(self, preview: Preview) -> tuple[Label, ...]:
        [[row]] = self._session.run(["probabilities"], {"input": pixels_of(preview)})
        return self._bounds.applied(zip(self._names, row.tolist(), strict=True))


def pixels_of(preview: Preview) -> NDArray[np.float32]:
    """Return what the model takes: one image, its channels apart, the middle of the preview."""
    shape = preview.height, preview.width, 3
    rgb = np.frombuffer(preview.rgb, np.uint8).reshape(shape)
    top, left = (preview.height - _SIDE) // 2, (preview.width - _SIDE) // 2
    middle = rgb[top : top + _SIDE, left : left + _SIDE].astype(np.float32)
    scaled = (middle - np.float32(_MEAN)) / np.float32(_SPREAD)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis])


def _load(folder: Path) -> tuple[Any, Sequence[str]]:
    try:
        import onnxruntime  # noqa: PLC0415 - not every Python has it, and only labels need it
    except ImportError as error:
        raise ModelUnusableError(
            "Labels from the shipped model need ONNX Runtime, which is not installed here (it has"
            f" no package for Python 3.15 yet): run on Python 3.11 to 3.14, {_WAYS_OUT}."
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    # The weights are kept in 8 bits: made into floats once, here, an image takes a third.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        names = (folder / _NAMES).read_text().splitlines()
        session = onnxruntime.InferenceSession(
            str(folder / _MODEL), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its errors have no class of their own in common
        raise ModelUnusableError(
            f"The label model cannot be loaded ({type(error).__name__}): install Calotype anew, or"
            f" {_WAYS_OUT}."
        ) from error
    return session, names
