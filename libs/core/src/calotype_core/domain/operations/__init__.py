"""What can be asked of an image: one frozen dataclass an operation, its fields say what they take.

A new operation is a class in a file of this package, a line in OPERATIONS, and a step of the
processor. The parser, the canonical form, the error messages and docs/instructions.md follow from
the fields.
"""

from collections.abc import Mapping

from calotype_core.domain.operations.fields import (
    LONGEST_SIDE,
    Expectation,
    Operation,
    expectation_of,
)
from calotype_core.domain.operations.geometry import GRAVITIES, Crop, Flip, Gravity, Resize, Rotate
from calotype_core.domain.operations.output import FORMATS, Format, Output
from calotype_core.domain.operations.watermark import POSITIONS, Position, Watermark

__all__ = (
    "FORMATS",
    "GRAVITIES",
    "LONGEST_SIDE",
    "NAMES",
    "OPERATIONS",
    "POSITIONS",
    "Crop",
    "Expectation",
    "Flip",
    "Format",
    "Gravity",
    "Operation",
    "Output",
    "Position",
    "Resize",
    "Rotate",
    "Watermark",
    "expectation_of",
)

# In the order in which they run when they are given as an object, which has none.
OPERATIONS: Mapping[str, type[Operation]] = {
    "crop": Crop,
    "resize": Resize,
    "rotate": Rotate,
    "flip": Flip,
    "watermark": Watermark,
}
NAMES: Mapping[type[Operation], str] = {kind: name for name, kind in OPERATIONS.items()}
