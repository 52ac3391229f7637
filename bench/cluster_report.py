"""The figures of bench.cluster as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench import machine
from bench.measure import Single
from bench.report import singles_table, table

_SERVERS = ("kafka", "s3", "mongo")


@dataclass(frozen=True, slots=True)
class Round:
    """One side through all the photographs once, and the CPU seconds of everybody meanwhile."""

    images: int
    seconds: float
    spent: Mapping[str, float]

    @property
    def speed(self) -> float:
        """Images a second."""
        return self.images / self.seconds

    @property
    def left_over(self) -> float:
        """The share of the machine that the servers left."""
        servers = sum(self.spent[name] for name in _SERVERS)
        return 1 - servers / (self.seconds * machine.cores())


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """One run."""

    when: str
    machine: str
    photographs: int
    clients: int
    pairs: Sequence[tuple[Round, Round]]
    singles: Sequence[Single]
    events: int
    projected_seconds: float


def ratio(bare: Round, services: Round) -> float:
    """Return how fast the services are, the bare recipe on the cores left over being 1."""
    return services.speed / (bare.speed * services.left_over)


def line(bare: Round, services: Round) -> str:
    """Return a pair in a line."""
    return (
        f"bare {bare.speed:.2f}/s, Calotype {services.speed:.2f}/s on {services.left_over:.0%} of"
        f" the cores, ratio {ratio(bare, services):.3f}"
    )


def tables(found: Findings) -> str:
    """Return everything in Markdown."""
    images = found.pairs[0][0].images
    preface = (
        f"Measured on {found.when}: {found.machine}; the four services, one process each, behind"
        f" nginx, with Kafka, the S3 server and the database on the same machine."
        f" {found.photographs} photographs, {images} uploads a round, {found.clients} at a time."
        " The ratio is against the bare recipe on the cores that the servers left over."
    )
    rate = found.events / found.projected_seconds
    projected = f"Events through the projector: **{rate:.0f}/s** ({found.events} at once)."
    return "\n\n".join(
        [preface, _speed(found), _where(found), singles_table(found.singles), projected]
    )


def _speed(found: Findings) -> str:
    columns = {
        "bare recipe": [f"{bare.speed:.2f}" for bare, _ in found.pairs],
        "Calotype": [f"{services.speed:.2f}" for _, services in found.pairs],
        "cores left over": [f"{services.left_over:.2f}" for _, services in found.pairs],
        "ratio": [f"{ratio(*pair):.2f}" for pair in found.pairs],
    }
    middle = [f"{median(map(float, values)):.2f}" for values in columns.values()]
    return table(
        ["", *columns],
        [
            ["images/s, median", *middle[:-1], f"**{middle[-1]}**"],
            ["images/s, each round", *(", ".join(values) for values in columns.values())],
        ],
    )


def _where(found: Findings) -> str:
    rounds = [services for _, services in found.pairs]
    rows = [
        [name, f"{median(1000 * one.spent[name] / one.images for one in rounds):.1f}"]
        for name in rounds[0].spent
    ]
    return table(["where the time goes", "CPU milliseconds an image"], rows)
