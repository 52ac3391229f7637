"""The figures of bench.batches as tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.acceptance import Acceptance
from bench.fairness import SMALL, Fairness
from bench.measure import NEGLIGIBLE
from bench.output import Output
from bench.progress import Step
from bench.report import table
from bench.throughput import Pair, Took

_MIB = 1024 * 1024
_ASIDE = "peak resident MiB of the main process"


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """One run."""

    when: str
    machine: str
    photographs: int
    clients: int
    accepted: Sequence[Acceptance]
    steps: Mapping[int, Mapping[int, Step]]
    outputs: Sequence[Output]
    pairs: Sequence[Pair]
    fairness: Fairness


def tables(found: Findings) -> str:
    """Return everything in Markdown."""
    preface = (
        f"Measured on {found.when}: {found.machine}; `calotype serve`, and on the same machine a"
        f" shop of {found.photographs} photographs in a process of its own. A CSV has an image a"
        " row."
    )
    parts = (_files("accepting a CSV", found.accepted, "seconds until the 202"), _steps(found))
    return "\n\n".join(
        [
            preface,
            *parts,
            _files("the output CSV of a finished job", found.outputs, "seconds until it had come"),
            _speed(found),
            _felt(found.fairness),
        ]
    )


def _files(what: str, found: Sequence[Acceptance] | Sequence[Output], seconds: str) -> str:
    def row(name: str, of: Callable[[Acceptance | Output], str]) -> list[str]:
        return [name, *map(of, found)]

    return table(
        [what, *(f"{one.rows:,} rows" for one in found)],
        [
            row("MiB", lambda one: f"{one.size_bytes / _MIB:.1f}"),
            row(seconds, lambda one: f"{one.seconds:.2f}"),
            row("… of which the main process computed", lambda one: f"{one.busy:.2f}"),
            row(f"{_ASIDE}, before", lambda one: f"{one.peak_before / _MIB:.0f}"),
            row("… and after", lambda one: f"{one.peak_after / _MIB:.0f}"),
        ],
    )


def _steps(found: Findings) -> str:
    rows: list[list[str]] = []
    for together, by_size in found.steps.items():
        alone = "alone" if together == 1 else f"{together} together"
        (small, *_, large) = by_size.values()
        busy, passed = [[of(one) for one in (small, large)] for of in (_busy, _passed)]
        rows.append([f"{alone}: processor time", *_micros(busy), f"**{busy[1] / busy[0]:.2f}**"])
        rows.append([f"{alone}: passed", *_micros(passed), f"{passed[1] / passed[0]:.2f}"])
    sizes = [f"{size:,} images" for size in next(iter(found.steps.values()))]
    head = ["microseconds a step of an item in SQLite, its job having", *sizes, "ratio"]
    return f"{table(head, rows)}\n\nWhat it costs in MongoDB, `bench.counting` measures."


def _busy(step: Step) -> float:
    return step.busy


def _passed(step: Step) -> float:
    return step.passed


def _micros(seconds: Sequence[float]) -> Sequence[str]:
    return [f"{1e6 * one:.0f}" for one in seconds]


def _speed(found: Findings) -> str:
    counted = [one for one in found.pairs if one.quiet] or found.pairs
    door = [one.images / one.door.seconds for one in counted]
    job = [one.images / one.job.seconds for one in counted]
    ratios = [one.ratio for one in counted]
    middle = [f"{median(one):.2f}" for one in (door, job)]
    each = [", ".join(f"{number:.2f}" for number in one) for one in (door, job, ratios)]
    rows = [
        ["images/s, median", *middle, f"**{median(ratios):.2f}**"],
        ["images/s, each round", *each],
    ]
    speeds = table(["", "door", "job", "ratio"], rows)
    return f"{_disturbance(found, counted)}\n\n{speeds}\n\n{_spent(counted)}"


def _spent(pairs: Sequence[Pair]) -> str:
    sides = [one.door for one in pairs], [one.job for one in pairs]

    def row(what: str, of: Callable[[Took], float]) -> list[str]:
        each = [median(of(one) for one in side) / pairs[0].images for side in sides]
        return [what, *(f"{1000 * one:.1f}" for one in each)]

    return table(
        ["CPU milliseconds an image", "door", "job"],
        [
            row("main process", lambda one: one.spent.main),
            row("its children", lambda one: one.spent.children),
            row("clients", lambda one: one.spent.here),
            row("shop", lambda one: one.shop),
            row("other processes, interrupts", lambda one: one.spent.strangers - one.shop),
            row("idle", lambda one: one.spent.idle),
        ],
    )


def _disturbance(found: Findings, counted: Sequence[Pair]) -> str:
    told = (
        f"{counted[0].images} photographs, each rewritten at quality 50: uploaded by"
        f" {found.clients} clients, and as a CSV's job, from its first byte until it is finished."
    )
    if not any(one.quiet for one in found.pairs):
        return f"{told} **Other processes were busy throughout: these figures prove nothing.**"
    left_out = len(found.pairs) - len(counted)
    return (
        f"{told} {len(counted)} pairs of rounds count; {left_out or 'none'} left out because other"
        f" processes took more than {NEGLIGIBLE:.0%} of the machine."
    )


def _felt(found: Fairness) -> str:
    def row(what: str, idle: float, beside: float) -> list[str]:
        return [what, f"{1000 * idle:.0f}", f"{1000 * beside:.0f}", f"**{beside / idle:.2f}**"]

    idle, beside = found.idle, found.beside
    rows = [
        row("single upload, median", median(idle.singles), median(beside.singles)),
        row("single upload, 95 of 100 within", _p95(idle.singles), _p95(beside.singles)),
        row(f"a job of {SMALL}, median", median(idle.small_jobs), median(beside.small_jobs)),
    ]
    head = ["milliseconds", "idle system", f"beside a job of {found.large:,}", "times"]
    return (
        f"{len(idle.singles)} uploads of the default renditions, one at a time, then"
        f" {len(idle.small_jobs)} jobs of {SMALL}. Of the job of {found.large:,},"
        f" {found.done:,} images were done at the end. Other processes took"
        f" {idle.meanwhile.strangers:.0%} of the machine in the first half and"
        f" {beside.meanwhile.strangers:.0%} in the second.\n\n{table(head, rows)}"
    )


def _p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[-1]
