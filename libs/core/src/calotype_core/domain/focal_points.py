"""Focal points as people write them: "0.3,0.7", or {"x": 0.3, "y": 0.7} in JSON."""

import re
from typing import TypeGuard

from calotype_core.domain.image import FocalPoint

EXPECTED = 'two parts from 0 to 1, from the left and from the top, such as "0.3,0.7"'
_PART = r"\s*([0-9]*\.?[0-9]{1,20})\s*"
_PAIR = re.compile(f"{_PART},{_PART}", re.ASCII)


def read_focal_point(given: object) -> FocalPoint | None:
    """Return the focal point, as text or as an object of x and y; None where it is none."""
    if isinstance(given, str):
        pair = _PAIR.fullmatch(given) if len(given) <= len(EXPECTED) else None
        x, y = map(float, pair.groups()) if pair else (None, None)
    elif isinstance(given, dict) and given.keys() == {"x", "y"}:
        x, y = given["x"], given["y"]
    else:
        return None
    if _is_part(x) and _is_part(y):
        return FocalPoint(x=float(x) + 0.0, y=float(y) + 0.0)  # -0.0 is 0.0
    return None


def _is_part(given: object) -> TypeGuard[float]:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= 1
