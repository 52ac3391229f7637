"""The all-in-one against the bare recipe: python -m bench.standalone [--photos DIR] [--count N].

Both run side by side on the same cores, one of them idle at any time, in turns: the machine's moods
then touch both, and ratios hold where milliseconds do not. Nothing is asserted of a time.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from bench import load, machine, photographs, product, recipe, report
from bench.measure import DifferentWorkError, Pair, Sides, Singles

_LEAST = 100  # photographs a round: fewer would measure the beginning and the end
_LEAST_ROUNDS = 3
_WARM_UP = 30
_TRIES = 4  # at single uploads with nobody else about


def main() -> None:
    """Measure, print, and write docs/benchmarks.md."""
    options = _parser().parse_args()
    try:
        found = measure(options)
    except (
        photographs.NoPhotographsError,
        product.NotStartedError,
        load.RefusedError,
        DifferentWorkError,
    ) as error:
        sys.exit(f"bench: {error}")
    text = report.tables(found)
    print(f"\n{text}")
    if options.quick:
        print("\nA quick look: docs/benchmarks.md stays as it is.")
    elif sum(one.quiet for one in found.pairs) < _LEAST_ROUNDS:
        sys.exit("\nbench: other processes were too busy: docs/benchmarks.md stays as it is.")
    else:
        report.write(text, "bench.standalone")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.standalone", description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEG photographs")
    parser.add_argument("--count", type=int, default=120, help="uploads a round, 100 or more")
    parser.add_argument(
        "--rounds", type=int, default=5, help="undisturbed pairs of rounds, 3 or more"
    )
    parser.add_argument("--clients", type=int, default=8, help="uploads at a time")
    parser.add_argument("--singles", type=int, default=45, help="single uploads, one at a time")
    parser.add_argument(
        "--quick", action="store_true", help="take small numbers as they are, and write no page"
    )
    return parser


def measure(options: argparse.Namespace) -> report.Findings:
    """Run it all. Raises what the parts raise, each with a message for people."""
    files = photographs.find(options.photos)
    least, least_rounds = (1, 1) if options.quick else (_LEAST, _LEAST_ROUNDS)
    order = photographs.shuffled(files, max(options.count, least))
    with recipe.workers(machine.cores()) as pool, product.running() as running:
        sides = Sides(pool, running, options.clients)
        output = sides.check(files)
        warm_up = order[:_WARM_UP]
        print(f"warm-up: {report.line(Pair(sides.bare(warm_up), sides.calotype(warm_up)))}")
        pairs = list(_rounds(sides, order, max(options.rounds, least_rounds)))
        memory, worker_peak_bytes = sides.memory(), sides.worker_peak_bytes()
        return report.Findings(
            when=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=machine.description(),
            versions=pool.apply(recipe.versions),
            photographs=len(files),
            clients=options.clients,
            output=output,
            pairs=pairs,
            singles=_singles(sides, list(islice(cycle(files), options.singles))),
            memory=memory,
            worker_peak_bytes=worker_peak_bytes,
        )


def _rounds(sides: Sides, order: Sequence[Path], wanted: int) -> Iterator[Pair]:
    quiet = 0
    for number in range(1, 2 * wanted + 1):
        pair = Pair(sides.bare(order), sides.calotype(order))
        print(f"round {number}: {report.line(pair)}", flush=True)
        yield pair
        quiet += pair.quiet
        if quiet == wanted:
            return


def _singles(sides: Sides, order: Sequence[Path]) -> Singles:
    tries: list[Singles] = []
    while len(tries) < _TRIES and not (tries and tries[-1].quiet):
        tries.append(sides.singles(order))
    return min(tries, key=lambda one: one.strangers)


if __name__ == "__main__":
    main()
