"""The figures as tables, on the terminal and in docs/benchmarks.md."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.measure import NEGLIGIBLE, Memory, Output, Round, Single

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- bench.standalone: begin -->", "<!-- bench.standalone: end -->"
_NEW_PAGE = f"""# How fast it is

`make bench` measured the tables below and wrote them here.

{_BEGIN}
{_END}
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
    rounds: Sequence[tuple[Round, Round]]  # the bare recipe, then Calotype
    singles: Sequence[Single]
    memory: Memory
    worker_peak_bytes: int


def pair(bare: Round, calotype: Round) -> str:
    """Return a pair of rounds in a line."""
    strangers = max(bare.strangers, calotype.strangers)
    spoilt = f"; others took {strangers:.0%} of the machine" if strangers > NEGLIGIBLE else ""
    return (
        f"bare {bare.speed:.2f}/s, Calotype {calotype.speed:.2f}/s,"
        f" ratio {calotype.speed / bare.speed:.3f}{spoilt}"
    )


def tables(found: Findings) -> str:
    """Return everything in Markdown."""
    parts = (_preface(found), _speed(found), _spent(found), _memory(found), _single(found))
    return "\n\n".join(parts)


def _preface(found: Findings) -> str:
    millions = [one / 1e6 for one in found.output.pixels]
    images = len(found.rounds) and found.rounds[0][0].images
    size = found.output.bytes_by_calotype / found.output.bytes_by_hand
    return (
        f"Measured on {found.when}: {found.machine}; {found.versions}. {found.photographs}"
        f" photographs of {min(millions):.0f} to {max(millions):.0f} megapixels, {images} uploads"
        f" a round, {found.clients} at a time. The two sides make prints of the same sizes;"
        f" Calotype's have {size:.3f} times the bytes."
    )


def _speed(found: Findings) -> str:
    ratios = [calotype.speed / bare.speed for bare, calotype in found.rounds]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    bare, calotype = (
        [f"{side.speed:.2f}" for side in sides] for sides in zip(*found.rounds, strict=True)
    )
    return _table(
        ["", "bare recipe", "Calotype", "ratio"],
        [
            ["images/s, median", _middle(bare), _middle(calotype), f"**{median(ratios):.2f}**"],
            ["images/s, each round", ", ".join(bare), ", ".join(calotype), each],
        ],
    )


def _middle(speeds: Sequence[str]) -> str:
    return f"{median(map(float, speeds)):.2f}"


def _spent(found: Findings) -> str:
    sides = tuple(zip(*found.rounds, strict=True))

    def row(what: str, of: Callable[[Round], float]) -> list[str]:
        per_image = [median(of(one) / one.images for one in side) * 1000 for side in sides]
        return [what, *(f"{one:.1f}" for one in per_image)]

    return _table(
        ["CPU milliseconds an image", "bare recipe", "Calotype"],
        [
            row("main process", lambda one: one.spent.main),
            row("its children", lambda one: one.spent.children),
            row("load generator", lambda one: one.spent.here),
            row("other processes", lambda one: one.stranger_seconds),
            row("idle", lambda one: one.spent.idle),
        ],
    )


def _memory(found: Findings) -> str:
    main, children = found.memory.main, found.memory.children
    row = [main, children[0], main + children[0], main + sum(children), found.worker_peak_bytes]
    return _table(
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
    def row(what: str, of: Callable[[Single], float]) -> list[str]:
        times = [of(one) * 1000 for one in found.singles]
        return [what, f"{median(times):.1f}", f"{quantiles(times, n=10)[-1]:.1f}"]

    return _table(
        [f"{len(found.singles)} single uploads, milliseconds", "median", "nine in ten within"],
        [
            row("first byte sent to last byte answered", lambda one: one.answer),
            row(
                "of it, beyond the rendering of that upload", lambda one: one.answer - one.rendering
            ),
            row("of it, beyond the bare recipe run just before", lambda one: one.answer - one.bare),
        ],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(text: str, page: Path = PAGE) -> None:
    """Put the text between the page's markers; what stands around them stays."""
    before = page.read_text() if page.exists() else _NEW_PAGE
    between = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
    after, found = between.subn(lambda _: f"{_BEGIN}\n{text}\n{_END}", before)
    if not found:
        after = f"{before.rstrip()}\n\n{_BEGIN}\n{text}\n{_END}\n"
    page.write_text(after)
