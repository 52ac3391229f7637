"""The arithmetic behind adjustments, without a pixel."""

from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.operations import Operation
from calotype_processor.sizes import Size
from calotype_processor.steps.equalize import spread
from calotype_processor.steps.gaussian import bell
from calotype_processor.steps.registry import STEPS
from tests import strategies

counts = st.lists(st.integers(0, 10**8), min_size=256, max_size=256)


@given(
    st.one_of(*strategies.ADJUSTMENTS.values()),
    st.builds(Size, st.integers(1, 9000), st.integers(1, 9000)),
)
def test_no_size_changes(step: Operation, size: Size) -> None:
    """An adjustment promises the size that it was given."""
    assert STEPS[type(step)].sizes(step, size) == (size,)


@given(st.floats(0.2, 250))
def test_a_bell_gives_back_all_that_it_takes(sigma: float) -> None:
    """A bell's coefficients are whole, symmetric, and a power of two together."""
    coefficients = bell(sigma)
    assert coefficients == coefficients[::-1]
    assert min(coefficients) >= 0
    assert 32 <= max(coefficients) <= 64
    assert sum(coefficients).bit_count() == 1


@given(counts)
def test_equalised_tones_keep_their_order(seen: list[int]) -> None:
    """No tone becomes darker than one that was darker, and what is seen reaches both ends."""
    table = spread(seen)
    assert list(table) == sorted(table)
    used = [tone for tone, times in zip(table, seen, strict=True) if times]
    if len(used) > 1:
        assert (used[0], used[-1]) == (0, 255)


def test_even_tones_stay() -> None:
    """What is evenly spread is left as it is, as is what has one tone."""
    assert list(spread([7] * 256)) == list(range(256))
    assert list(spread([0] * 99 + [5] + [0] * 156)) == list(range(256))
    assert list(spread([0] * 256)) == list(range(256))
