"""The figures as tables, on the terminal and in docs/benchmarks.md."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.measure import NEGLIGIBLE, Memory, Output, Pair, Round, Single, Singles

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_NEW_PAGE = """# How fast it is

`make bench`, `make bench-engine`, `make bench-batches`, `make bench-cluster`, `make bench-live` and
`make bench-notifications` measured the tables below and wrote them here.
"""
_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """One run."""

    when: str
    machine: str
    versions: str
    photographs: int
    clients: int
    output: Output
    pairs: Sequence[Pair]
    singles: Singles
    memory: Memory
    worker_peak_bytes: int


def line(pair: Pair) -> str:
    """Return a pair in a line."""
    taken = "" if pair.quiet else f"; left out, others took {pair.strangers:.0%} of the machine"
    return (
        f"bare {pair.bare.speed:.2f}/s, Calotype {pair.calotype.speed:.2f}/s,"
        f" ratio {pair.ratio:.3f}{taken}"
    )


def tables(found: Findings) -> str:
    """Return everything in Markdown."""
    counted = [one for one in found.pairs if one.quiet] or found.pairs
    parts = (
        _preface(found, len(counted)),
        _speed(counted),
        _spent(counted),
        _memory(found),
        _single(found),
    )
    return "\n\n".join(parts)


def _preface(found: Findings, counted: int) -> str:
    millions = [one / 1e6 for one in found.output.pixels]
    size = found.output.bytes_by_calotype / found.output.bytes_by_hand
    return (
        f"Measured on {found.when}: {found.machine}; {found.versions}. {found.photographs}"
        f" photographs of {min(millions):.0f} to {max(millions):.0f} megapixels,"
        f" {found.pairs[0].bare.images} uploads a round, {found.clients} at a time. Both sides make"
        f" prints of the same sizes in pixels; Calotype's have {size:.3f} times the bytes."
        f" {_disturbance(found, counted)}"
    )


def _disturbance(found: Findings, counted: int) -> str:
    left_out = len(found.pairs) - counted
    if not any(one.quiet for one in found.pairs):
        return "**Other processes were busy throughout: these figures prove nothing.**"
    return (
        f"{counted} pairs of rounds count; {left_out or 'none'} left out because other processes"
        f" took more than {NEGLIGIBLE:.0%} of the machine."
    )


def _speed(pairs: Sequence[Pair]) -> str:
    bare, calotype = [one.bare.speed for one in pairs], [one.calotype.speed for one in pairs]
    ratios = [one.ratio for one in pairs]
    middle = [f"{median(one):.2f}" for one in (bare, calotype)]
    each = [", ".join(f"{number:.2f}" for number in one) for one in (bare, calotype, ratios)]
    return table(
        ["", "bare recipe", "Calotype", "ratio"],
        [
            ["images/s, median", *middle, f"**{median(ratios):.2f}**"],
            ["images/s, each round", *each],
        ],
    )


def _spent(pairs: Sequence[Pair]) -> str:
    sides = [one.bare for one in pairs], [one.calotype for one in pairs]

    def row(what: str, of: Callable[[Round], float]) -> list[str]:
        per_image = [median(of(one) / one.images for one in side) * 1000 for side in sides]
        return [what, *(f"{one:.1f}" for one in per_image)]

    return table(
        ["CPU milliseconds an image", "bare recipe", "Calotype"],
        [
            row("main process", lambda one: one.spent.main),
            row("its children", lambda one: one.spent.children),
            row("load generator", lambda one: one.spent.here),
            row("other processes, interrupts", lambda one: one.spent.strangers),
            row("idle", lambda one: one.spent.idle),
        ],
    )


def _memory(found: Findings) -> str:
    main, children = found.memory.main, found.memory.children
    row = [main, children[0], main + children[0], main + sum(children), found.worker_peak_bytes]
    return table(
        [
            "peak resident MiB",
            "main process",
            "largest child",
            "the two",
            f"with all {len(children)} children",
            "a worker of the bare recipe",
        ],
        [["", *(f"{one / _MIB:.0f}" for one in row)]],
    )


def _single(found: Findings) -> str:
    return (
        f"One upload at a time on an idle system (others took {found.singles.strangers:.0%} of the"
        " machine). Its rendering is what the product's own calotype_render_seconds grew by"
        f" during that upload.\n\n{singles_table(found.singles.each)}"
    )


def singles_table(singles: Sequence[Single]) -> str:
    """Return how long single uploads took, and how long beyond their rendering."""

    def row(what: str, of: Callable[[Single], float]) -> list[str]:
        times = [of(one) * 1000 for one in singles]
        return [what, f"{median(times):.1f}", f"{quantiles(times, n=10)[-1]:.1f}"]

    return table(
        [f"{len(singles)} single uploads, milliseconds", "median", "nine in ten within"],
        [
            row("first byte sent to last byte answered", lambda one: one.answer),
            row("… beyond its rendering", lambda one: one.answer - one.rendering),
            row("… beyond the bare recipe run just before", lambda one: one.answer - one.bare),
        ],
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; every column but the first holds numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(text: str, name: str, page: Path = PAGE) -> None:
    """Put the text between the page's markers of that name; what stands around them stays."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before = page.read_text() if page.exists() else _NEW_PAGE
    between = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    after, found = between.subn(lambda _: f"{begin}\n{text}\n{end}", before)
    if not found:
        after = f"{before.rstrip()}\n\n{begin}\n{text}\n{end}\n"
    page.write_text(after)
