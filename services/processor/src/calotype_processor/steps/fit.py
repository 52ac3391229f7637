"""The finest file that is no larger than asked."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

OptionsT = TypeVar("OptionsT")


def fit(
    path: Path, coarser: Sequence[OptionsT], write: Callable[[Path, OptionsT], None], most: int
) -> None:
    """Replace a file of more bytes than that by the finest that fits, the smallest where none does.

    coarser is in order, the finest first, and gone through by halves: at most 7 tries of 100. A
    file takes another's place whole, so that the best so far is always there.
    """
    tried = path.with_name(f"{path.name}.tried")
    finest, coarsest = 0, len(coarser) - 1
    while finest <= coarsest:
        middle = (finest + coarsest) // 2
        write(tried, coarser[middle])
        size, best = tried.stat().st_size, path.stat().st_size
        if size <= most or size < best:
            tried.replace(path)
        if size <= most:
            coarsest = middle - 1
        else:
            finest = middle + 1
    tried.unlink(missing_ok=True)
