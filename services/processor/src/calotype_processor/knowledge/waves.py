"""The cosine transform that fingerprints and placeholders begin with (DCT-II), by rows and columns.

Of a few waves of a few samples, which is less work than loading a library that does many.
"""

from collections.abc import Sequence
from functools import cache
from math import cos, pi
from operator import mul

Waves = Sequence[Sequence[float]]
CENTRED = 0.5  # a sample is taken for the middle of its pixel


@cache
def waves(count: int, samples: int, phase: float = CENTRED) -> Waves:
    """Return the first cosines over so many samples, the constant one first."""
    return tuple(
        tuple(cos(pi * wave * (sample + phase) / samples) for sample in range(samples))
        for wave in range(count)
    )


def project(values: Sequence[float], across: Waves, down: Waves) -> Sequence[Sequence[float]]:
    """Return, for each wave down and in it each across, the sum of the values times both."""
    columns = len(across[0])
    rows = [values[start : start + columns] for start in range(0, len(values), columns)]
    by_row = [[sum(map(mul, row, wave)) for row in rows] for wave in across]
    return [[sum(map(mul, sums, wave)) for sums in by_row] for wave in down]
