"""The all-in-one against the bare recipe: python -m bench.standalone [--photos DIR] [--count N].

Both run side by side on the same cores, one of them idle at any time, in turns: the machine's moods
then touch both, and ratios hold where milliseconds do not. Nothing is asserted of a time.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from bench import load, machine, photographs, product, recipe, report
from bench.measure import DifferentWorkError, Round, Sides, Single

_LEAST = 100  # photographs a round: fewer would measure the beginning and the end
_LEAST_ROUNDS = 3
_WARM_UP = 30


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
    else:
        report.write(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.standalone", description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEG photographs")
    parser.add_argument("--count", type=int, default=120, help="uploads a round, 100 or more")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of rounds, 3 or more")
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
        _say("warm-up", sides.bare(warm_up), sides.calotype(warm_up))
        rounds = list(_rounds(sides, order, max(options.rounds, least_rounds)))
        memory, worker_peak_bytes = sides.memory(), sides.worker_peak_bytes()
        return report.Findings(
            when=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=machine.description(),
            versions=pool.apply(recipe.versions),
            photographs=len(files),
            clients=options.clients,
            output=output,
            rounds=rounds,
            singles=_singles(sides, files, options.singles),
            memory=memory,
            worker_peak_bytes=worker_peak_bytes,
        )


def _rounds(sides: Sides, order: Sequence[Path], count: int) -> Iterator[tuple[Round, Round]]:
    for number in range(1, count + 1):
        bare, calotype = sides.bare(order), sides.calotype(order)
        _say(f"round {number}", bare, calotype)
        yield bare, calotype


def _say(what: str, bare: Round, calotype: Round) -> None:
    print(f"{what}: {report.pair(bare, calotype)}", flush=True)


def _singles(sides: Sides, files: Sequence[Path], count: int) -> Sequence[Single]:
    with closing(load.Client(sides.product.host)) as client:
        return [sides.single(client, one) for one in islice(cycle(files), count)]


if __name__ == "__main__":
    main()
