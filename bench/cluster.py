"""The services on Kafka, S3 and MongoDB against the bare recipe: python -m bench.cluster.

The servers of `make services-up` work on the same cores, so the recipe is held against what they
leave: its own speed, times the share of the machine that they did not use in the product's round.
Nothing is asserted of a time.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from multiprocessing.pool import Pool
from pathlib import Path

from bench import load, machine, photographs, projector, recipe, report
from bench.cluster_report import Findings, Round, line, tables
from bench.measure import DifferentWorkError, Sides, Single
from bench.product import DEFAULT_INSTRUCTIONS, Running
from tests.clustered import Cluster

_SERVICES = Path(__file__).parents[1] / ".services"
_SERVERS = ("kafka", "s3", "mongo")
_WARM_UP = 30


def main() -> None:
    """Measure, print, and write docs/benchmarks.md."""
    options = _parser().parse_args()
    if not (_SERVICES / "environ").exists():
        sys.exit("bench: no servers: run `make services-up` first")
    try:
        found = measure(options)
    except (photographs.NoPhotographsError, load.RefusedError, DifferentWorkError) as error:
        sys.exit(f"bench: {error}")
    text = tables(found)
    print(f"\n{text}")
    if not options.quick:
        report.write(text, "bench.cluster")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEG photographs")
    parser.add_argument("--count", type=int, default=500, help="uploads a round")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of rounds")
    parser.add_argument("--clients", type=int, default=8, help="uploads at a time")
    parser.add_argument("--singles", type=int, default=45, help="single uploads, one at a time")
    parser.add_argument("--events", type=int, default=4000, help="events for the projector")
    parser.add_argument("--quick", action="store_true", help="look only, and write no page")
    return parser


def measure(options: argparse.Namespace) -> Findings:
    """Run it all. Raises what the parts raise, each with a message for people."""
    files = photographs.find(options.photos)
    order = photographs.shuffled(files, options.count)
    with recipe.workers(machine.cores()) as pool, _cluster() as cluster:
        Sides(pool, Running(0, _host(cluster.url)), options.clients).check(files)
        load.upload_all(_host(cluster.url), order[:_WARM_UP], options.clients)
        pairs: list[tuple[Round, Round]] = []
        for number in range(1, options.rounds + 1):
            pairs.append((_bare(pool, order), _services(cluster, order, options.clients)))
            print(f"round {number}: {line(*pairs[-1])}", flush=True)
        singles = [_single(pool, cluster, one) for one in order[: options.singles]]
        for process in cluster.processes("processor"):
            process.stop()  # it would take the projector's events for work
        return Findings(
            when=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=machine.description(),
            photographs=len(files),
            clients=options.clients,
            pairs=pairs,
            singles=singles,
            events=options.events,
            projected_seconds=asyncio.run(projector.seconds(cluster.environ, options.events)),
        )


@contextmanager
def _cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        environ = {"CALOTYPE_DEFAULT_INSTRUCTIONS": DEFAULT_INSTRUCTIONS}
        cluster = Cluster(Path(folder), environ)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def _host(url: str) -> str:
    return url.removeprefix("http://")


def _bare(pool: Pool, order: Sequence[Path]) -> Round:
    began = time.perf_counter()
    for _ in pool.imap_unordered(recipe.make, order):
        pass
    return Round(len(order), time.perf_counter() - began, {})


def _services(cluster: Cluster, order: Sequence[Path], clients: int) -> Round:
    before, began = _spent(cluster), time.perf_counter()
    load.upload_all(_host(cluster.url), order, clients)
    seconds = time.perf_counter() - began
    spent = {name: now - before[name] for name, now in _spent(cluster).items()}
    return Round(len(order), seconds, spent)


def _spent(cluster: Cluster) -> Mapping[str, float]:
    """Return the CPU seconds of everything that has a part in it, so far."""
    assert cluster.process is not None  # noqa: S101 - it was started
    pids = {name: int((_SERVICES / name / "pid").read_text()) for name in _SERVERS}
    spent = {name: machine.spent_by(pid) for name, pid in pids.items()}
    spent["gateway"] = machine.spent_by(cluster.process.pid)
    for service in cluster.services:
        every = [machine.spent(pid) for one in cluster.processes(service) for pid in one.pids()]
        spent[service] = sum(one.main for one in every)
        if children := sum(one.children for one in every):
            spent[f"{service}'s children"] = children
    return spent


def _single(pool: Pool, cluster: Cluster, photograph: Path) -> Single:
    began = time.perf_counter()
    pool.apply(recipe.make, (photograph,))
    bare = time.perf_counter() - began
    [processor] = cluster.processes("processor")
    with (
        closing(load.Client(_host(processor.url))) as its,
        closing(load.Client(_host(cluster.url))) as client,
    ):
        before = its.rendering_seconds()
        answer = client.upload(photograph).seconds
        return Single(answer, its.rendering_seconds() - before, bare)


if __name__ == "__main__":
    main()
