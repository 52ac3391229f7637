"""Which step does which operation. A new operation is a new file and a line here."""

from collections.abc import Mapping

from calotype_core.domain.operations import Crop, Flip, Operation, Resize, Rotate, Watermark
from calotype_processor.steps import crop, flip, resize, rotate, watermark
from calotype_processor.steps.step import Step

STEPS: Mapping[type[Operation], Step] = {
    Crop: crop.STEP,
    Resize: resize.STEP,
    Rotate: rotate.STEP,
    Flip: flip.STEP,
    Watermark: watermark.STEP,
}
