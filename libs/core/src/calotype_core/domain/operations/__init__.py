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
from calotype_core.domain.operations.canvas import Background, Extend, Pad, RoundCorners
from calotype_core.domain.operations.fields import (
    LONGEST_SIDE,
    Expectation,
    Operation,
    expectation_of,
)
from calotype_core.domain.operations.geometry import FITS, Crop, Fit, Flip, Resize, Rotate, Trim
from calotype_core.domain.operations.measures import GRAVITIES, Gravity
from calotype_core.domain.operations.output import (
    FORMATS,
    NEGOTIABLE,
    Format,
    FormatQuality,
    Negotiable,
    Output,
)
from calotype_core.domain.operations.reduced import Placed
from calotype_core.domain.operations.watermark import POSITIONS, Position, Watermark

__all__ = (
    "FITS",
    "FORMATS",
    "GRAVITIES",
    "LONGEST_SIDE",
    "NAMES",
    "NEGOTIABLE",
    "OPERATIONS",
    "POSITIONS",
    "Background",
    "Blur",
    "Brightness",
    "Contrast",
    "Crop",
    "Equalize",
    "Expectation",
    "Extend",
    "Fit",
    "Flip",
    "Format",
    "FormatQuality",
    "Gravity",
    "Grayscale",
    "Hue",
    "Negotiable",
    "Operation",
    "Output",
    "Pad",
    "Pixelate",
    "Placed",
    "Position",
    "Resize",
    "Rgb",
    "Rotate",
    "RoundCorners",
    "Saturation",
    "Sharpen",
    "Trim",
    "Watermark",
    "expectation_of",
)

# In the order in which they run when they are given as an object, which has none.
OPERATIONS: Mapping[str, type[Operation]] = {
    "trim": Trim,
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
    "extend": Extend,
    "pad": Pad,
    "background": Background,
    "watermark": Watermark,
    "roundCorners": RoundCorners,
}
NAMES: Mapping[type[Operation], str] = {kind: name for name, kind in OPERATIONS.items()}
