"""Which step does which operation. A new operation is a new file and a line here."""

from collections.abc import Mapping

from calotype_core.domain.operations import (
    Blur,
    Brightness,
    Contrast,
    Crop,
    Equalize,
    Flip,
    Grayscale,
    Hue,
    Operation,
    Pixelate,
    Resize,
    Rgb,
    Rotate,
    Saturation,
    Sharpen,
)
from calotype_processor.steps import (
    blur,
    brightness,
    contrast,
    crop,
    equalize,
    flip,
    grayscale,
    hue,
    pixelate,
    resize,
    rgb,
    rotate,
    saturation,
    sharpen,
)
from calotype_processor.steps.step import Step

STEPS: Mapping[type[Operation], Step] = {
    Crop: crop.STEP,
    Resize: resize.STEP,
    Rotate: rotate.STEP,
    Flip: flip.STEP,
    Brightness: brightness.STEP,
    Contrast: contrast.STEP,
    Saturation: saturation.STEP,
    Hue: hue.STEP,
    Rgb: rgb.STEP,
    Equalize: equalize.STEP,
    Grayscale: grayscale.STEP,
    Blur: blur.STEP,
    Sharpen: sharpen.STEP,
    Pixelate: pixelate.STEP,
}
