import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.ports.labeller import LabelBounds, Preview


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (256, 256, 256 * 256 * 3 - 1),
        (256, 256, 256 * 256 * 3 + 1),
        (255, 300, 255 * 300 * 3),
        (257, 257, 257 * 257 * 3),
        (641, 256, 641 * 256 * 3),
        (-256, -256, 256 * 256 * 3),
        (0, 0, 0),
    ],
)
def test_what_is_no_preview(width: int, height: int, size: int) -> None:
    """A preview has the sides that one may have, and three bytes for each of its pixels."""
    with pytest.raises(ValueError, match=r"no preview's size|are no"):
        Preview(width=width, height=height, rgb=bytes(size))


@given(
    st.dictionaries(st.text(), st.floats(0, 2)),
    st.integers(1, 20),
    st.floats(0, 1),
)
def test_labels_are_held_to_their_bounds(found: dict[str, float], most: int, least: float) -> None:
    """Never more than asked, never less sure, the surest first, and never surer than certain."""
    labels = LabelBounds(most=most, least_confidence=least).applied(found.items())
    sure = [one.confidence for one in labels]
    assert len(labels) == min(most, sum(one >= least for one in found.values()))
    assert sure == sorted(sure, reverse=True)
    assert all(least <= one <= 1 for one in sure)
