"""Which step does which operation. A new operation is a new file and a line here."""

from collections.abc import Mapping

from calotype_core.domain import operations
from calotype_processor.steps import (
    background,
    blur,
    brightness,
    contrast,
    crop,
    equalize,
    extend,
    flip,
    grayscale,
    hue,
    pad,
    pixelate,
    resize,
    rgb,
    rotate,
    round_corners,
    saturation,
    sharpen,
    trim,
    watermark,
)
from calotype_processor.steps.step import Step

STEPS: Mapping[type[operations.Operation], Step] = {
    operations.Trim: trim.STEP,
    operations.Crop: crop.STEP,
    operations.Resize: resize.STEP,
    operations.Rotate: rotate.STEP,
    operations.Flip: flip.STEP,
    operations.Brightness: brightness.STEP,
    operations.Contrast: contrast.STEP,
    operations.Saturation: saturation.STEP,
    operations.Hue: hue.STEP,
    operations.Rgb: rgb.STEP,
    operations.Equalize: equalize.STEP,
    operations.Grayscale: grayscale.STEP,
    operations.Blur: blur.STEP,
    operations.Sharpen: sharpen.STEP,
    operations.Pixelate: pixelate.STEP,
    operations.Extend: extend.STEP,
    operations.Pad: pad.STEP,
    operations.Background: background.STEP,
    operations.Watermark: watermark.STEP,
    operations.RoundCorners: round_corners.STEP,
}
