"""What is made of an original beside its prints, so that no print is another for it.

It is derived from the smallest pixels that are there anyway. Where no print is scaled so far those
are what a pass decodes, which are then held in memory for both: that costs less than to decode once
more, even an eighth of it. Only where they are too many has it a pass of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

from calotype_processor.plan import Base, Exposure, shrink_on_load
from calotype_processor.sizes import Size

_MOST_HELD = 16_000_000  # pixels that are kept in memory for its sake


def with_base(
    exposures: Sequence[Exposure],
    wanted: Base,
    size: Size,
    *,
    shrinks: bool,
    drawn: bool,
) -> tuple[Exposure, ...]:
    """Return the passes with that base in one of them, upright and in sRGB.

    size is as a person sees it, the rest as for plan.draw. A drawing is drawn for it anew, where no
    print serves: each pass of one is as large as its own first print.
    """
    usual = [at for at, one in enumerate(exposures) if one.upright and not one.keeps_colours]
    for index in usual:
        parent = _smallest_that_serves(exposures[index], wanted)
        if parent:
            wanted.parent = parent.size
            return _with(exposures, index, wanted)
    shrink = shrink_on_load(size, [wanted.size]) if shrinks else 1
    last = exposures[usual[-1]] if usual and not drawn else None
    if last and _can_share(last, size, shrink):
        return _with(exposures, usual[-1], wanted)
    return (*exposures, Exposure(shrink=shrink, full=(), bases=(wanted,)))


def _smallest_that_serves(exposure: Exposure, wanted: Base) -> Base | None:
    able = (
        base
        for base in reversed(exposure.bases)
        if not base.stretched and base.size.holds(wanted.size) and base.size.pixels <= _MOST_HELD
    )
    return next(able, None)


def _can_share(last: Exposure, size: Size, shrink: int) -> bool:
    """Tell whether it comes from a pass that is made anyway, whose pixels are then held."""
    return last.shrink <= shrink and size.pixels / last.shrink**2 <= _MOST_HELD


def _with(exposures: Sequence[Exposure], index: int, wanted: Base) -> tuple[Exposure, ...]:
    chosen = exposures[index]
    chosen = replace(chosen, bases=(*chosen.bases, wanted))
    return (*exposures[:index], chosen, *exposures[index + 1 :])
