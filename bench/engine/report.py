"""The engine's figures as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.engine.cases import Case
from bench.report import table

OURS, BARE = "Calotype", "bare recipe"


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """One run: seconds by case and side, in rounds; peaks in MiB by picture and side."""

    when: str
    machine: str
    versions: str
    sides: Sequence[str]
    seconds: Mapping[Case, Mapping[str, Sequence[float]]]
    knowing: Sequence[tuple[float, float]]  # without and with what is known, in turns
    peaks: Mapping[str, float]  # of a fresh child of ours, by picture


def tables(found: Findings) -> str:
    """Return everything in Markdown."""
    rounds = len(found.knowing)
    preface = (
        f"Measured on {found.when}: {found.machine}; {found.versions}. One picture at a time, one"
        f" process a side, in turns, {rounds} rounds; medians in milliseconds, and in brackets how"
        f" fast the side is beside the {BARE} (Pillow and our child read HEIC, libvips' wheel does"
        " not)."
    )
    return "\n\n".join((preface, _speed(found), _knowing(found), _peaks(found)))


def _speed(found: Findings) -> str:
    rows = [
        [case.source, case.title, *(_cell(by_side, side) for side in found.sides)]
        for case, by_side in found.seconds.items()
    ]
    return table(["picture", "renditions", *found.sides], rows)


def _cell(by_side: Mapping[str, Sequence[float]], side: str) -> str:
    mine, bare = by_side.get(side), by_side.get(BARE)
    if not mine:
        return "no"
    milliseconds = f"{median(mine) * 1000:.0f}"
    if not bare or side == BARE:
        return milliseconds
    ratio = median(one / other for one, other in zip(bare, mine, strict=True))
    return f"{milliseconds} ({'**' * (side == OURS)}{ratio:.2f}{'**' * (side == OURS)})"


def _knowing(found: Findings) -> str:
    without, with_ = (median(one) for one in zip(*found.knowing, strict=True))
    share = median(more / less - 1 for less, more in found.knowing)
    return (
        "What is found out about each image (EXIF, perceptual hash, BlurHash, ThumbHash, colours)"
        f" adds **{share:.0%}** to the three renditions of a photograph: {with_ * 1000:.0f} against"
        f" {without * 1000:.0f} ms. One core makes {60 / with_:.0f} such images a minute."
    )


def _peaks(found: Findings) -> str:
    return table(
        ["peak resident MiB of a child that made all of this", *found.peaks],
        [["", *(f"{one:.0f}" for one in found.peaks.values())]],
    )
