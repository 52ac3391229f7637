"""The tables of bench.notifications."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.report import table

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Round:
    """One image that the healthy webhooks of a product were told of.

    delays: the seconds from the event to each webhook's request; spent, spent_by_receiver: CPU
    seconds of the product's main process and of the receiver; strangers: the share of the machine
    that others took.
    """

    delays: Sequence[float]
    spent: float
    spent_by_receiver: float
    strangers: float

    @property
    def p50(self) -> float:
        """The middle one of the delays."""
        return median(self.delays)

    @property
    def p95(self) -> float:
        """What 95 of 100 delays are within."""
        return quantiles(self.delays, n=20)[-1]

    @property
    def speed(self) -> float:
        """Requests a second to healthy webhooks, from the event to the last of them."""
        return len(self.delays) / max(self.delays)

    def each(self, seconds: float) -> float:
        """Return the milliseconds a delivery."""
        return seconds / len(self.delays) * 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """A round with no webhook dead, and one with some, one right after the other."""

    well: Round
    ill: Round

    @property
    def ratio(self) -> float:
        """What the dead ones make of the delay that 95 of 100 are within."""
        return self.ill.p95 / self.well.p95

    def __str__(self) -> str:
        """Say it in a line."""
        strangers = max(self.well.strangers, self.ill.strangers)
        return (
            f"p95 {self.well.p95:.2f} s with none dead, {self.ill.p95:.2f} s with some,"
            f" ratio {self.ratio:.2f}; others took {strangers:.0%} of the machine"
        )


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Seconds of single uploads until their answer, without a callback and with one, in turns."""

    without: Sequence[float]
    having: Sequence[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """One run; peaks: the most bytes that the main processes had resident, the ill one's last."""

    when: str
    machine: str
    webhooks: int
    dead: int
    pairs: Sequence[Pair]
    peaks: tuple[int, int]
    callbacks: Callbacks


def tables(found: Findings) -> str:
    """Return everything in Markdown."""
    return f"{_preface(found)}\n\n{_webhooks(found)}\n\n{_callbacks(found.callbacks)}"


def _preface(found: Findings) -> str:
    strangers = median([max(one.well.strangers, one.ill.strangers) for one in found.pairs])
    return (
        f"Measured on {found.when}: {found.machine}; two products (`calotype serve`), each with"
        f" {found.webhooks:,} webhooks at a receiver in a process of its own on the same machine,"
        " each webhook on an address of its own (127.1.0.0, …), since one host is sent no more than"
        f" its share at once. Of the second's, {found.dead:,} never answer. Both told of"
        f" {len(found.pairs)} images, in turns, the next once all healthy webhooks had been told."
        " A delay is from the event's `timestamp` to the request; at the first image nobody knew"
        f" yet who was dead. Other processes took {strangers:.0%} of the machine."
    )


def _webhooks(found: Findings) -> str:
    first = found.pairs[0]
    sides = [one.well for one in found.pairs], [one.ill for one in found.pairs]

    def row(what: str, of: Callable[[Round], float], digits: int, ratio: str = "") -> list[str]:
        return [what, *(f"{median(map(of, side)):.{digits}f}" for side in sides), ratio]

    ratio = median([one.ratio for one in found.pairs])
    worst = max(one.ratio for one in found.pairs)
    first_p95 = [f"{one.p95:.2f}" for one in (first.well, first.ill)]
    peaks = [f"{one / _MIB:.0f}" for one in found.peaks]
    return table(
        ["medians of the images", "none dead", f"{found.dead:,} dead", "ratio"],
        [
            row("seconds of delay, half within", lambda one: one.p50, 2),
            row("… 95 of 100 within", lambda one: one.p95, 2, f"**{ratio:.2f}**"),
            ["… of the first image", *first_p95, f"{first.ratio:.2f}"],
            ["… of the image with the worst ratio", "", "", f"{worst:.2f}"],
            row("requests/s to healthy webhooks", lambda one: one.speed, 0),
            row("CPU ms of the main process a delivery", lambda one: one.each(one.spent), 2),
            row("… of the receiver", lambda one: one.each(one.spent_by_receiver), 2),
            ["peak resident MiB of the main process", *peaks, ""],
        ],
    )


def _callbacks(found: Callbacks) -> str:
    sides = [median(found.without), median(found.having)]
    more = median([b - a for a, b in zip(found.without, found.having, strict=True)])
    times = [f"{one * 1000:.1f}" for one in sides]
    return table(
        [f"{len(found.having)} pairs of small uploads", "no callback", "a callback", "more"],
        [["milliseconds until the answer, median", *times, f"**{more * 1000:.1f}**"]],
    )
