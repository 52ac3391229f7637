"""The photographs to measure with: real ones, since no made-up picture costs the same."""

import random
from collections.abc import Sequence
from pathlib import Path

USUAL_FOLDERS = (
    Path("/usr/share/backgrounds"),
    Path("/usr/share/wallpapers"),
    Path("/usr/local/share/backgrounds"),
    Path("~/Pictures").expanduser(),
)
_JPEG = {".jpg", ".jpeg"}
_SEED = 1841  # the year of the calotype's patent


class NoPhotographsError(Exception):
    """There is nothing to measure with."""


def find(folder: Path | None) -> Sequence[Path]:
    """Return the JPEGs below the folder, or below the first usual one that has some.

    Raises NoPhotographsError, saying what to do.
    """
    for one in (folder,) if folder else USUAL_FOLDERS:
        if found := _jpegs(one):
            return found
    places = folder or ", ".join(map(str, USUAL_FOLDERS))
    raise NoPhotographsError(
        f"No JPEG files in {places}. Install a package of photographs, such as Debian's"
        " lomiri-wallpapers-16.04, or name a folder of your own with --photos."
    )


def _jpegs(folder: Path) -> Sequence[Path]:
    # Resolved, since a desktop's default is often a link to a neighbour.
    return sorted(
        {
            one.resolve()
            for one in folder.rglob("*")
            if one.suffix.lower() in _JPEG and one.is_file()
        }
    )


def shuffled(photographs: Sequence[Path], count: int) -> Sequence[Path]:
    """Return that many, each about as often as another, in the same mixed order every time."""
    order = [photographs[index % len(photographs)] for index in range(count)]
    random.Random(_SEED).shuffle(order)  # noqa: S311 - an order, not a secret
    return order
