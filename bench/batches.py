"""Batches: a CSV in, every image handled, the CSV out: python -m bench.batches [--photos DIR].

A shop of ours, in a process of its own on the same machine, serves the photographs. Nothing is
asserted of a time.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    acceptance,
    batches_report,
    fairness,
    load,
    machine,
    output,
    photographs,
    product,
    progress,
    report,
    shop,
    throughput,
)
from bench.measure import DifferentWorkError
from bench.shop import Shop
from bench.throughput import Pair, Ways

_LEAST_ROUNDS = 3
_LEAST_ROWS = 10_000  # of which a hundredth has all of a turn's steps
_STEPS = 20  # turns of an item's steps
_SMALL_JOBS = 5
_FAILURES = (
    photographs.NoPhotographsError,
    product.NotStartedError,
    load.RefusedError,
    DifferentWorkError,
    fairness.FinishedTooSoonError,
)


def main() -> None:
    """Measure, print, and write docs/benchmarks.md."""
    options = _parser().parse_args()
    try:
        found = measure(options)
    except _FAILURES as error:
        sys.exit(f"bench: {error}")
    text = batches_report.tables(found)
    print(f"\n{text}")
    if options.quick:
        print("\nA quick look: docs/benchmarks.md stays as it is.")
    elif sum(one.quiet for one in found.pairs) < _LEAST_ROUNDS:
        sys.exit("\nbench: other processes were too busy: docs/benchmarks.md stays as it is.")
    else:
        report.write(text, "bench.batches")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.batches", description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEG photographs")
    parser.add_argument(
        "--rows", type=int, default=100_000, help="of the largest CSV, 10,000 or more"
    )
    parser.add_argument("--count", type=int, default=150, help="images of a whole job")
    parser.add_argument(
        "--rounds", type=int, default=5, help="undisturbed pairs of rounds, 3 or more"
    )
    parser.add_argument("--clients", type=int, default=8, help="uploads at a time")
    parser.add_argument("--large", type=int, default=10_000, help="images of the job beside others")
    parser.add_argument("--singles", type=int, default=60, help="single uploads, one at a time")
    parser.add_argument(
        "--quick", action="store_true", help="take small numbers as they are, and write no page"
    )
    return parser


def measure(options: argparse.Namespace) -> batches_report.Findings:
    """Run it all. Raises what the parts raise, each with a message for people."""
    files = photographs.find(options.photos)
    rows = max(options.rows, _LEAST_ROWS)
    sizes = (rows // 100, rows // 10, rows)
    accepted = [acceptance.measure(rows) for rows in sizes]
    _say("the CSVs were accepted")
    steps = asyncio.run(progress.measure((sizes[0], sizes[-1]), _STEPS))
    _say("the cost of progress is known")
    outputs = list(output.measure((sizes[0], sizes[-1])))
    _say("the output came back")
    with shop.opened(options.photos, options.count) as its:
        pairs, felt = _with_images(options, its, files)
    return batches_report.Findings(
        when=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine.description(),
        photographs=len(files),
        clients=options.clients,
        accepted=accepted,
        steps=steps,
        outputs=outputs,
        pairs=pairs,
        fairness=felt,
    )


def _with_images(
    options: argparse.Namespace, its: Shop, files: Sequence[Path]
) -> tuple[Sequence[Pair], fairness.Fairness]:
    order = photographs.shuffled(files, options.count)
    rounds = options.rounds if options.quick else max(options.rounds, _LEAST_ROUNDS)
    with (
        tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder,
        product.running(its.allowed) as running,
    ):
        ways = Ways(running, its, Path(folder), options.clients)
        ways.check(order[: len(files)])  # which is the warm-up, too
        pairs: list[Pair] = []
        for pair in throughput.measure(ways, order, rounds):
            pairs.append(pair)
            _say(f"round {len(pairs)}: {pair}")
        felt = fairness.measure(
            ways, files, large=options.large, singles=options.singles, small_jobs=_SMALL_JOBS
        )
    return pairs, felt


def _say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    main()
