import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.instructions import Recipe
from calotype_processor.look import NAME, with_look
from calotype_processor.plan import Base, Exposure, draw
from calotype_processor.sizes import Size
from tests import strategies
from tests.unit.processor.passes import PHOTO, base_of, resized

FULL = Recipe()
sizes = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))


def planned(
    recipes: dict[str, Recipe],
    size: Size = PHOTO,
    *,
    shrinks: bool = True,
    progressive: bool = False,
) -> tuple[Exposure, ...]:
    passes = draw(recipes, size, shrinks=shrinks, progressive=progressive)
    return with_look(passes, size, shrinks=shrinks)


def look_of(passes: tuple[Exposure, ...]) -> tuple[Exposure, Base]:
    """Return the pass that the look is in, and the look; it is in one alone."""
    return base_of(passes, NAME)


def test_the_look_comes_from_the_smallest_print_that_serves() -> None:
    """The smallest of the prints that are large enough gives the look: nothing more is decoded."""
    passes = planned(
        {"full": FULL, "large": resized(640), "small": resized(100), "tiny": resized(32)}
    )
    exposure, look = look_of(passes)
    assert len(passes) == 2
    assert exposure is passes[1]
    assert look.parent == Size(100, 75)


@pytest.mark.parametrize("shrinks", [True, False])
@pytest.mark.parametrize("progressive", [True, False])
def test_what_is_decoded_for_a_print_is_looked_at(*, shrinks: bool, progressive: bool) -> None:
    """Where no print is scaled, its pixels are held for the look, and nothing more is decoded."""
    (only,) = planned({"full": FULL}, shrinks=shrinks, progressive=progressive)
    assert (only.shrink, only.readers, look_of((only,))[1].parent) == (1, 2, None)


def test_large_pixels_are_not_held_for_a_look() -> None:
    """An original too large to be held in memory is decoded again, row by row, instead."""
    full, own = planned({"full": FULL}, Size(9000, 9000), shrinks=False)
    assert (full.readers, own.readers) == (1, 1)
    full, own = planned({"full": FULL}, Size(9000, 9000))
    assert (full.shrink, full.bases) == (1, ())
    assert (own.shrink, own.full, look_of((own,))[1].parent) == (8, (), None)


@given(
    st.dictionaries(strategies.names, strategies.recipes, min_size=1, max_size=3),
    sizes,
    st.booleans(),
    st.booleans(),
)
def test_prints_are_planned_as_without_it(
    recipes: dict[str, Recipe],
    size: Size,
    shrinks: bool,  # noqa: FBT001 - hypothesis hands them in by position
    progressive: bool,  # noqa: FBT001 - as above
) -> None:
    """Whatever is known about an image, its prints are made as they would have been."""
    plain = draw(recipes, size, shrinks=shrinks, progressive=progressive)
    passes = with_look(plain, size, shrinks=shrinks)
    exposure, look = look_of(passes)
    assert look.size == Size(min(64, size.width), min(64, size.height))
    assert look.parent is None or look.parent in {base.size for base in exposure.bases}
    for before, after in zip(plain, passes, strict=False):
        assert (after.shrink, after.full) == (before.shrink, before.full)
        assert [base for base in after.bases if base is not look] == list(before.bases)
