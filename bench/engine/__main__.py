import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from bench import machine, photographs, recipe, report
from bench.engine import by_hand, cases
from bench.engine.report import BARE, OURS, Findings, tables
from bench.engine.sides import Child, Sharp, Side, Worker, peak_mib
from calotype_processor.facts import BY_DEFAULT

_WARM_UP = 2


def main() -> None:
    """Measure, print, and write docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine")
    parser.add_argument("--photos", type=Path, help="a folder of JPEG photographs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="write no page")
    options = parser.parse_args()
    try:
        files = photographs.find(options.photos)
    except photographs.NoPhotographsError as error:
        sys.exit(f"bench: {error}")
    largest = max(files, key=lambda one: one.stat().st_size)
    text = tables(asyncio.run(measure(largest, options.rounds)))
    print(f"\n{text}")
    if not options.quick:
        report.write(text, "bench.engine")


async def measure(photograph: Path, rounds: int) -> Findings:
    """Run it all."""
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as name:
        folder = Path(name)
        pictures = cases.pictures(photograph, folder)
        async with AsyncExitStack() as stack:
            sides = await _sides(stack)
            seconds = {
                case: await _in_turns(sides, case, pictures[case.source], folder, rounds)
                for case in cases.CASES
            }
            knowing = await _knowing(pictures[cases.PHOTOGRAPH], folder, rounds)
        peaks = {
            source: await _peak(source, pictures[source], folder)
            for source, _ in groupby(cases.CASES, key=lambda case: case.source)
            if source in pictures
        }
    return Findings(
        when=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine.description(),
        versions=_versions(),
        sides=[one.name for one in sides],
        seconds=seconds,
        knowing=knowing,
        peaks=peaks,
    )


async def _sides(stack: AsyncExitStack) -> Sequence[Side]:
    workers = [Worker(BARE, by_hand.bare, stack), Worker("Pillow", by_hand.pillow, stack)]
    sides: list[Side] = [await Child.start(stack, name=OURS), *workers]
    if sharp := Sharp.install():
        stack.callback(sharp.close)
        sides.append(sharp)
    return sides


async def _in_turns(
    sides: Sequence[Side], case: cases.Case, source: Path, folder: Path, rounds: int
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {one.name: [] for one in sides}
    for number in range(rounds + _WARM_UP):
        for side in sides:
            seconds = await side.make(case, source, folder)
            if seconds is not None and number >= _WARM_UP:
                taken[side.name].append(seconds)
    print(
        case.source, case.title, {name: f"{min(all_):.3f}" for name, all_ in taken.items() if all_}
    )
    return taken


async def _knowing(source: Path, folder: Path, rounds: int) -> list[tuple[float, float]]:
    case = cases.CASES[0]
    async with AsyncExitStack() as stack:
        without = await Child.start(stack)
        with_ = await Child.start(stack, facts=BY_DEFAULT)
        both = [
            (await without.make(case, source, folder), await with_.make(case, source, folder))
            for _ in range(rounds + _WARM_UP)
        ]
    return both[_WARM_UP:]


async def _peak(picture: str, source: Path, folder: Path) -> float:
    async with AsyncExitStack() as stack:
        child = await Child.start(stack, facts=BY_DEFAULT)
        for case in cases.CASES:
            if case.source == picture:
                await child.make(case, source, folder)
        return peak_mib(child)


def _versions() -> str:
    with recipe.workers(1) as pool:
        versions: str = pool.apply(recipe.versions)
    return f"{versions}, Pillow and sharp as locked and named in bench/engine"


if __name__ == "__main__":
    main()
