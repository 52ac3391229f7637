"""The search for the finest file that fits."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_processor.steps.fit import fit

MOST_TRIES = 7


def search(sizes: list[int], most: int, first: int = 10_000) -> tuple[int, int]:
    """Return the size that was settled on, and the number of tries that it took."""
    tries = 0

    def write(path: Path, size: int) -> None:
        nonlocal tries
        tries += 1
        path.write_bytes(bytes(size))

    with TemporaryDirectory() as folder:
        path = Path(folder) / "print"
        path.write_bytes(bytes(first))
        fit(path, sizes, write, most)
        assert list(Path(folder).iterdir()) == [path]
        return path.stat().st_size, tries


@given(st.lists(st.integers(1, 9_999), max_size=90, unique=True), st.integers(1, 9_999))
def test_the_finest_that_fits(sizes: list[int], most: int) -> None:
    """Of sizes that fall, the largest that fits is found in few tries; else the smallest of all."""
    sizes.sort(reverse=True)
    fits = [size for size in sizes if size <= most]
    found, tries = search(sizes, most)
    assert found == (fits[0] if fits else min([*sizes, 10_000]))
    assert tries <= MOST_TRIES


@given(st.lists(st.integers(1, 9_999), min_size=1, max_size=90), st.integers(1, 9_999))
def test_sizes_that_do_not_fall(sizes: list[int], most: int) -> None:
    """Where a coarser file is the larger one, whatever was found to fit is kept."""
    found, _ = search(sizes, most)
    if sizes[-1] <= most and all(size <= most for size in sizes):
        assert found == sizes[0]
    assert found in {*sizes, 10_000}


@pytest.mark.parametrize("sizes", [[], [10_000], [12_000, 11_000]])
def test_nothing_smaller(sizes: list[int]) -> None:
    """Where nothing that was tried is smaller, the first file stays."""
    assert search(sizes, 5)[0] == 10_000
