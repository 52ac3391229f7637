from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.instructions import Recipe
from calotype_processor.look import with_look
from calotype_processor.plan import Base, Exposure, draw
from calotype_processor.previews import NAME, with_preview
from calotype_processor.sizes import Size
from tests import strategies
from tests.unit.processor.passes import PHOTO, base_of, resized

HUGE = Size(9000, 6000)  # too many pixels to be held
sizes = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))


def planned(recipes: dict[str, Recipe], size: Size = PHOTO) -> tuple[Exposure, ...]:
    passes = draw(recipes, size, shrinks=True, progressive=False)
    return with_preview(passes, size, shrinks=True)


def preview_of(passes: tuple[Exposure, ...]) -> tuple[Exposure, Base]:
    """Return the pass that the preview is in, and the preview; it is in one alone."""
    return base_of(passes, NAME)


def test_it_comes_from_the_smallest_print_that_serves() -> None:
    """The smallest of the prints that are large enough gives it: nothing more is decoded."""
    (only,) = planned({"large": resized(1024), "middle": resized(640), "small": resized(100)})
    _, preview = preview_of((only,))
    assert (preview.size, preview.parent) == (Size(341, 256), Size(640, 480))


def test_it_comes_from_what_a_small_print_is_decoded_for() -> None:
    """Where prints are smaller, it shares their pass: what is decoded for them is large enough."""
    (only,) = planned({"small": resized(100)})
    exposure, preview = preview_of((only,))
    assert (exposure.shrink, exposure.readers, preview.parent) == (8, 2, None)


def test_it_shares_the_looks_pass() -> None:
    """Where only the look has a pass of its own, the preview comes from there, too."""
    passes = draw({"full": Recipe()}, HUGE, shrinks=True, progressive=False)
    for beside in (with_look, with_preview):
        passes = beside(passes, HUGE, shrinks=True)
    assert [exposure.shrink for exposure in passes] == [1, 8]


@given(
    st.dictionaries(strategies.names, strategies.recipes, min_size=1, max_size=3),
    sizes,
    st.booleans(),
    st.booleans(),
)
def test_nothing_else_is_planned_otherwise(
    recipes: dict[str, Recipe],
    size: Size,
    shrinks: bool,  # noqa: FBT001 - hypothesis hands them in by position
    progressive: bool,  # noqa: FBT001 - as above
) -> None:
    """With labels or without: prints, and what is known by sight, are made as they would be."""
    plain = draw(recipes, size, shrinks=shrinks, progressive=progressive)
    plain = with_look(plain, size, shrinks=shrinks)
    passes = with_preview(plain, size, shrinks=shrinks)
    _, preview = preview_of(passes)
    assert min(preview.size.width, preview.size.height) <= 256
    assert size.holds(preview.size)
    for before, after in zip(plain, passes, strict=False):
        assert (after.shrink, after.full) == (before.shrink, before.full)
        assert [base for base in after.bases if base is not preview] == list(before.bases)
