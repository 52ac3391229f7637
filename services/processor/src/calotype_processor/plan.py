"""Which print is made from which pixels: the order of work that decodes least. Pure arithmetic.

A recipe that begins with a resize does not need the original at its full size; what "cover" crops
and "contain" adds comes after it. All of those share
one decoding pass, shrunk on load as far as the largest of them allows, and then derive from one
another, largest first. The others share one pass at full size. Where shrinking on load gains
nothing, or a progressive file would have to be read to its end twice, there is one pass for both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Operation, Output, Resize
from calotype_processor.sizes import Size
from calotype_processor.steps import resize

# What JPEG's inverse transform can leave out; WebP is asked for the same.
SHRINKS = (8, 4, 2, 1)
# A picture is not resampled from nearly its own size: seven such steps in a row would blur it.
HEADROOM = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """One print: what is left to do once its base is there."""

    name: str
    output: Output
    steps: tuple[Operation, ...] = ()


@dataclass(kw_only=True, slots=True)
class Base:
    """Pixels at one size, scaled from the parent base (None: from the decoder)."""

    size: Size
    stretched: bool
    parent: Size | None = None
    leaves: list[Leaf] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """One decoding pass: shrunk on load, its prints at full size, and its bases, largest first.

    upright: sizes are as a person sees them, and pixels are to be turned; else both are as stored.
    keeps_colours: they are not converted.
    """

    shrink: int
    full: tuple[Leaf, ...]
    bases: tuple[Base, ...]
    upright: bool = True
    keeps_colours: bool = False

    @property
    def readers(self) -> int:
        """How often the decoded pixels are gone through; the prints at full size share one."""
        return bool(self.full) + sum(base.parent is None for base in self.bases)


def draw(
    recipes: Mapping[str, Recipe],
    size: Size,
    *,
    shrinks: bool,
    progressive: bool,
    drawn: bool = False,
    upright: bool = True,
) -> tuple[Exposure, ...]:
    """Return the passes for an original of that size; shrinks: its format can.

    What is drawn has no size of its own: each pass is drawn as large as its largest print.
    """
    full: list[Leaf] = []
    bases: dict[tuple[Size, bool], Base] = {}
    for name, recipe in recipes.items():
        base, leaf = _place(name, recipe, size)
        if base.size == size:
            full.append(leaf)
        else:
            bases.setdefault((base.size, base.stretched), base).leaves.append(leaf)
    ordered = derive(bases.values())
    # Of a progressive file all coefficients come before the first pixel: half of the whole work.
    shrinks = shrinks and not (progressive and full)
    shrink = shrink_on_load(size, [base.size for base in ordered]) if shrinks else 1
    if full and ordered and (drawn or shrink > 1):
        return (
            Exposure(shrink=1, full=tuple(full), bases=(), upright=upright),
            Exposure(shrink=shrink, full=(), bases=ordered, upright=upright),
        )
    return (Exposure(shrink=shrink, full=tuple(full), bases=ordered, upright=upright),)


def _place(name: str, recipe: Recipe, size: Size) -> tuple[Base, Leaf]:
    first = recipe.steps[0] if recipe.steps else None
    if not isinstance(first, Resize):
        leaf = Leaf(name=name, output=recipe.output, steps=recipe.steps)
        return Base(size=size, stretched=False), leaf
    rest = resize.finish(first, size)
    steps = (rest, *recipe.steps[1:]) if rest else recipe.steps[1:]
    leaf = Leaf(name=name, output=recipe.output, steps=steps)
    return Base(size=resize.scaled(first, size), stretched=first.fit == "fill"), leaf


def shrink_on_load(size: Size, targets: Sequence[Size]) -> int:
    """Return the largest factor that leaves every target something to shrink from."""
    if not targets:
        return 1
    spare = min(min(size.width / one.width, size.height / one.height) for one in targets)
    return next((factor for factor in SHRINKS if factor <= spare), 1)


def derive(bases: Iterable[Base]) -> tuple[Base, ...]:
    """Return the bases, largest first, each with its parent: the smallest that is large enough."""
    ordered = sorted(bases, key=lambda base: (-base.size.pixels, base.size, base.stretched))
    for index, base in enumerate(ordered):
        able = (one for one in reversed(ordered[:index]) if _serves(one, base.size))
        parent = next(able, None)
        base.parent = parent.size if parent else None
    return tuple(ordered)


def _serves(parent: Base, size: Size) -> bool:
    roomy = Size(int(parent.size.width / HEADROOM) or 1, int(parent.size.height / HEADROOM) or 1)
    return not parent.stretched and roomy.holds(size)
