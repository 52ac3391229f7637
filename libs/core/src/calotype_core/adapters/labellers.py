"""Which labeller is to be had, opened only where it is wanted: each brings libraries of its own."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal

from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.ports.labeller import LabelBounds, Labeller

LabelsBy = Literal["model", "rekognition"]


def labeller_by(
    kind: LabelsBy, bounds: LabelBounds, *, model: Path, rekognition: RekognitionSettings
) -> AbstractAsyncContextManager[Labeller]:
    """Return what opens that labeller; model is the folder that the shipped one is in.

    Opening raises CalotypeError.
    """
    if kind == "rekognition":
        from calotype_core.adapters.rekognition.labeller import (  # noqa: PLC0415 - see above
            RekognitionLabeller,
        )

        return RekognitionLabeller.open(rekognition, bounds)
    from calotype_core.adapters.onnx.labeller import OnnxLabeller  # noqa: PLC0415 - see above

    return OnnxLabeller.open(model, bounds)
