"""What can be asked of an image: one frozen dataclass an operation, its fields say what they take.

A new operation is a class in a file of this package, a line in OPERATIONS, and a step of the
processor. The parser, the canonical form, the error messages and docs/instructions.md follow from
the fields.
"""

from collections.abc import Mapping

from calotype_core.domain.operations.adjustments import (
    Blur,
    Brightness,
    Contrast,
    Equalize,
    Grayscale,
    Hue,
    Pixelate,
    Rgb,
    Saturation,
    Sharpen,
)
from calotype_core.domain.operations.fields import (
    LONGEST_SIDE,
    Expectation,
    Operation,
    expectation_of,
)
from calotype_core.domain.operations.geometry import GRAVITIES, Crop, Flip, Gravity, Resize, Rotate
from calotype_core.domain.operations.output import (
    FORMATS,
    NEGOTIABLE,
    Format,
    FormatQuality,
    Negotiable,
    Output,
)

__all__ = (
    "FORMATS",
    "GRAVITIES",
    "LONGEST_SIDE",
    "NAMES",
    "NEGOTIABLE",
    "OPERATIONS",
    "Blur",
    "Brightness",
    "Contrast",
    "Crop",
    "Equalize",
    "Expectation",
    "Flip",
    "Format",
    "FormatQuality",
    "Gravity",
    "Grayscale",
    "Hue",
    "Negotiable",
    "Operation",
    "Output",
    "Pixelate",
    "Resize",
    "Rgb",
    "Rotate",
    "Saturation",
    "Sharpen",
    "expectation_of",
)

# In the order in which they run when they are given as an object, which has none.
OPERATIONS: Mapping[str, type[Operation]] = {
    "crop": Crop,
    "resize": Resize,
    "rotate": Rotate,
    "flip": Flip,
    "brightness": Brightness,
    "contrast": Contrast,
    "saturation": Saturation,
    "hue": Hue,
    "rgb": Rgb,
    "equalize": Equalize,
    "grayscale": Grayscale,
    "blur": Blur,
    "sharpen": Sharpen,
    "pixelate": Pixelate,
}
NAMES: Mapping[type[Operation], str] = {kind: name for name, kind in OPERATIONS.items()}
