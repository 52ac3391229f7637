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
    "Crop",
    "Expectation",
    "Flip",
    "Format",
    "FormatQuality",
    "Gravity",
    "Negotiable",
    "Operation",
    "Output",
    "Resize",
    "Rotate",
    "expectation_of",
)

# In the order in which they run when they are given as an object, which has none.
OPERATIONS: Mapping[str, type[Operation]] = {
    "crop": Crop,
    "resize": Resize,
    "rotate": Rotate,
    "flip": Flip,
}
NAMES: Mapping[type[Operation], str] = {kind: name for name, kind in OPERATIONS.items()}
