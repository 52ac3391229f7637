from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Crop, Extend, Resize, Rotate
from calotype_processor.plan import HEADROOM, SHRINKS, Base, draw, shrink_on_load
from calotype_processor.sizes import Size
from tests import strategies

PHOTO = Size(4000, 3000)
FULL = Recipe()
sizes = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))


def resized(width: int, height: int | None = None) -> Recipe:
    return Recipe(steps=(Resize(width=width, height=height),))


def base(size: Size, *bases: Base) -> Base:
    return next(one for one in bases if one.size == size)


def test_default_renditions_take_two_passes() -> None:
    """A full copy and two thumbnails of a JPEG: one pass at full size, one shrunk on load."""
    recipes = {"full": FULL, "large": resized(640, 480), "small": resized(100, 100)}
    full, shrunk = draw(recipes, PHOTO, shrinks=True, progressive=False)
    assert (full.shrink, [leaf.name for leaf in full.full], full.bases) == (1, ["full"], ())
    assert (shrunk.shrink, shrunk.full) == (4, ())
    assert [one.size for one in shrunk.bases] == [Size(640, 480), Size(100, 75)]
    assert [one.parent for one in shrunk.bases] == [None, Size(640, 480)]


def test_one_pass_over_a_progressive_file() -> None:
    """A progressive file is read to its end once, unless only small prints are wanted of it."""
    recipes = {"full": FULL, "small": resized(100)}
    (only,) = draw(recipes, PHOTO, shrinks=True, progressive=True)
    assert (only.shrink, only.readers) == (1, 2)
    (only,) = draw({"small": resized(100)}, PHOTO, shrinks=True, progressive=True)
    assert only.shrink > 1


def test_one_pass_where_shrinking_gains_nothing() -> None:
    """A format that cannot shrink on load is decoded once for all of its prints."""
    (only,) = draw({"full": FULL, "small": resized(100)}, PHOTO, shrinks=False, progressive=False)
    assert only.shrink == 1
    assert only.readers == 2


def test_nearly_equal_sizes_are_no_parents() -> None:
    """A print is not derived from another one of nearly its size."""
    (only,) = draw(
        {"a": resized(1024), "b": resized(1000), "c": resized(500)},
        PHOTO,
        shrinks=True,
        progressive=False,
    )
    parents = {one.size.width: one.parent for one in only.bases}
    assert parents == {1024: None, 1000: None, 500: Size(1000, 750)}


def test_the_stretched_are_no_parents() -> None:
    """Nothing is derived from a picture that was stretched out of its proportions."""
    stretched = Recipe(steps=(Resize(width=2000, height=2000, fit="fill"),))
    (only,) = draw(
        {"square": stretched, "small": resized(200)}, PHOTO, shrinks=True, progressive=False
    )
    assert base(Size(200, 150), *only.bases).parent is None


def test_one_size_is_made_once() -> None:
    """Prints of one size share their pixels, whatever follows."""
    turned = Recipe(steps=(Resize(width=400), Rotate(degrees=90)))
    (only,) = draw(
        {"plain": resized(400), "turned": turned}, PHOTO, shrinks=True, progressive=False
    )
    assert [[leaf.name for leaf in one.leaves] for one in only.bases] == [["plain", "turned"]]


def test_one_base_for_every_place() -> None:
    """What cover crops and contain adds comes after the base, which prints of one size share."""
    box = Resize(width=400, height=300, fit="cover")
    steps = {
        "north": replace(box, gravity="north", height=200),
        "smart": replace(box, gravity="smart", height=200),
        "inside": Resize(width=400),
        "contain": Resize(width=500, height=300, fit="contain", background="blur"),
        "outside": Resize(width=400, height=1, fit="outside"),
    }
    recipes = {name: Recipe(steps=(one,)) for name, one in steps.items()}
    (only,) = draw(recipes, PHOTO, shrinks=True, progressive=False)
    assert (only.shrink, [one.size for one in only.bases]) == (8, [Size(400, 300)])
    left = {leaf.name: leaf.steps for leaf in only.bases[0].leaves}
    assert left == {
        "north": (Crop(width=400, height=200, gravity="north"),),
        "smart": (Crop(width=400, height=200, gravity="smart"),),
        "inside": (),
        "contain": (Extend(width=500, height=300, background="blur"),),
        "outside": (),
    }


def test_a_crop_first_needs_the_full_size() -> None:
    """A recipe that does not begin with a resize is made from every pixel."""
    cropped = Recipe(steps=(Crop(width=100, height=100), Resize(width=10)))
    (only,) = draw({"cropped": cropped}, PHOTO, shrinks=True, progressive=False)
    assert only.shrink == 1
    assert only.full[0].steps == cropped.steps


def test_a_resize_to_its_own_size_is_none() -> None:
    """An image that is small enough already is copied, not resampled."""
    (only,) = draw({"large": resized(9000)}, PHOTO, shrinks=True, progressive=False)
    assert [leaf.name for leaf in only.full] == ["large"]


@given(sizes, st.lists(sizes, max_size=4))
def test_shrinking_leaves_enough(size: Size, targets: list[Size]) -> None:
    """Shrink-on-load never goes below the largest target, unless that is larger than the image."""
    factor = shrink_on_load(size, targets)
    assert factor in SHRINKS
    for one in targets:
        roomy = Size(size.width // factor, size.height // factor)
        assert factor == 1 or roomy.holds(one)


@given(st.dictionaries(strategies.names, strategies.recipes, min_size=1, max_size=6), sizes)
def test_every_print_is_made_once(recipes: dict[str, Recipe], size: Size) -> None:
    """Every rendition is planned exactly once, and its parent is larger and comes before it."""
    exposures = draw(recipes, size, shrinks=True, progressive=False)
    bases = [one for exposure in exposures for one in exposure.bases]
    leaves = [leaf for exposure in exposures for leaf in exposure.full]
    leaves += [leaf for one in bases for leaf in one.leaves]
    assert sorted(leaf.name for leaf in leaves) == sorted(recipes)
    for index, one in enumerate(bases):
        if one.parent:
            assert one.parent.width >= HEADROOM * one.size.width - HEADROOM
            assert one.parent in [before.size for before in bases[:index]]
