"""Record golden pictures: python -m tests.pixels.record [name …].

Without names, what is missing is recorded, and what is no longer as recorded is listed and stays;
the answer is 1 then. Look at it. Where it is right, record it again by its name.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.pixels import cases, scene
from tests.pixels.studio import decoded


def record(folder: Path, again: Sequence[str]) -> list[str]:
    """Write what is missing or was named; return the others that differ, and by how much."""
    stale: list[str] = []
    for name, case in cases.CASES.items():
        path, image = folder / f"{name}.png", case.made()
        if name in again or not path.exists():
            image.save(path, optimize=True)
            sys.stdout.write(f"recorded {name}\n")
            continue
        recorded = decoded(path.read_bytes())
        if how := case.differs(image, recorded):
            stale.append(f"{name}: {how}")
    return stale


def main() -> int:
    """Record, and say what was and what was not."""
    if unknown := [name for name in sys.argv[1:] if name not in cases.CASES]:
        sys.stderr.write(f"No such case: {', '.join(unknown)}. See tests/pixels/cases.py.\n")
        return 2
    sources = cases.FOLDER / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    for name, drawn in scene.SOURCES.items():
        if not (sources / f"{name}.png").exists():
            drawn().save(sources / f"{name}.png", optimize=True)
    stale = record(cases.FOLDER, sys.argv[1:])
    for line in stale:
        sys.stderr.write(f"differs, left as it was: {line}\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
