"""Which step does which operation. A new operation is a new file and a line here."""

from collections.abc import Mapping

from calotype_core.domain.operations import (
    Background,
    Crop,
    Extend,
    Flip,
    Operation,
    Pad,
    Resize,
    Rotate,
    RoundCorners,
    Trim,
)
from calotype_processor.steps import (
    background,
    crop,
    extend,
    flip,
    pad,
    resize,
    rotate,
    round_corners,
    trim,
)
from calotype_processor.steps.step import Step

STEPS: Mapping[type[Operation], Step] = {
    Trim: trim.STEP,
    Crop: crop.STEP,
    Resize: resize.STEP,
    Rotate: rotate.STEP,
    Flip: flip.STEP,
    Extend: extend.STEP,
    Pad: pad.STEP,
    Background: background.STEP,
    RoundCorners: round_corners.STEP,
}
