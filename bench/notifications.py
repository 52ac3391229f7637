"""Webhooks beside dead ones, and a callback's cost: python -m bench.notifications [--dead N].

Two products run side by side. Each has as many webhooks, every one on a host of its own; some of
the second's never answer. Both are told of images in turns. Nothing is asserted of a time; that
every healthy webhook is told of each image, is.
"""

import argparse
import io
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import httpx
from PIL import Image

from bench import machine, notifications_report, product, receiver, report
from bench.notifications_report import Callbacks, Findings, Pair, Round
from bench.product import Running
from bench.receiver import Receiver

_LOOK_SECONDS = 0.2
_ROUND_SECONDS = 60  # after which a webhook is taken not to be told at all
_AFTERWARDS_SECONDS = 0.5  # in which the last tries are put on record
_WARM_UP = 5
_AT_ONCE = 16  # webhooks that are made


class NotToldError(Exception):
    """A healthy webhook was not told of an image, or more often than once."""


def main() -> None:
    """Measure, print, and write docs/benchmarks.md."""
    options = _parser().parse_args()
    try:
        found = measure(options)
    except (product.NotStartedError, NotToldError) as error:
        sys.exit(f"bench: {error}")
    text = notifications_report.tables(found)
    print(f"\n{text}")
    if not options.quick:
        report.write(text, "bench.notifications")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.notifications", description=__doc__)
    parser.add_argument("--webhooks", type=int, default=1_000, help="of each product")
    parser.add_argument("--dead", type=int, default=100, help="of the second's, that never answer")
    parser.add_argument("--rounds", type=int, default=8, help="images that each is told of")
    parser.add_argument("--singles", type=int, default=45, help="uploads with a callback")
    parser.add_argument("--quick", action="store_true", help="write no page")
    return parser


def measure(options: argparse.Namespace) -> Findings:
    """Run it all. Raises NotStartedError, NotToldError."""
    with (
        receiver.opened(options.webhooks) as its,
        product.running(its.allowed) as well,
        product.running(its.allowed) as ill,
    ):
        callbacks = _callbacks(well, its, options.singles)
        print(f"{options.singles} uploads had a callback", flush=True)
        _subscribe(well, [its.url(n) for n in range(options.webhooks)])
        dead = options.dead
        _subscribe(ill, [its.url(n, dead=n < dead) for n in range(options.webhooks)])
        print(f"{options.webhooks} webhooks are there, twice", flush=True)
        sides = Sides(well, ill, its, options.webhooks, dead)
        pairs = [sides.pair(number) for number in range(options.rounds)]
        return Findings(
            when=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=machine.description(),
            webhooks=options.webhooks,
            dead=dead,
            pairs=pairs,
            peaks=(machine.peak_bytes(well.pid), machine.peak_bytes(ill.pid)),
            callbacks=callbacks,
        )


class Sides:
    """The product whose webhooks are all well, and the one that has dead ones."""

    def __init__(
        self, well: Running, ill: Running, its: Receiver, webhooks: int, dead: int
    ) -> None:
        self._well, self._ill, self._its = well, ill, its
        self._webhooks, self._healthy = webhooks, webhooks - dead

    def pair(self, number: int) -> Pair:
        """Have both tell of an image, one after the other; who begins takes turns."""
        tell_well = partial(self._round, self._well, self._webhooks)
        tell_ill = partial(self._round, self._ill, self._healthy)
        if number % 2:
            ill, well = tell_ill(), tell_well()
        else:
            well, ill = tell_well(), tell_ill()
        pair = Pair(well, ill)
        print(f"image {number + 1}: {pair}", flush=True)
        return pair

    def _round(self, running: Running, expected: int) -> Round:
        before = self._spent(running)
        image_id = _upload(running.host)
        delays = self._delays(image_id, expected)
        time.sleep(_AFTERWARDS_SECONDS)
        main, its, ours, busy, idle = (
            now - then for now, then in zip(self._spent(running), before, strict=True)
        )
        return Round(
            delays=delays,
            spent=main,
            spent_by_receiver=its,
            strangers=max(0.0, busy - ours) / (busy + idle),
        )

    def _delays(self, image_id: str, expected: int) -> Sequence[float]:
        delays: list[float] = []
        deadline = time.monotonic() + _ROUND_SECONDS
        while len(delays) < expected and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            delays += [
                one.at - datetime.fromisoformat(one.happened).timestamp()
                for one in self._its.came()
                if one.image_id == image_id
            ]
        if len(delays) != expected:
            raise NotToldError(f"{len(delays)} of {expected} webhooks were told of {image_id}.")
        return delays

    def _spent(self, running: Running) -> tuple[float, float, float, float, float]:
        """Return the CPU seconds of it, the receiver, all of ours, everybody, and nobody."""
        here = machine.spent(running.pid)
        main, its = here.main, machine.main_seconds(self._its.pid)
        products = sum(machine.spent_by(one.pid) for one in (self._well, self._ill))
        return main, its, products + its + here.here, here.busy, here.idle


def _callbacks(running: Running, its: Receiver, count: int) -> Callbacks:
    """Upload without a callback and with one, in turns."""
    without: list[float] = []
    having: list[float] = []
    for number in range(-_WARM_UP, count):
        for times, callback in ((without, ""), (having, its.url(0))):
            began = time.perf_counter()
            _upload(running.host, callback)
            if number >= 0:
                times.append(time.perf_counter() - began)
            time.sleep(_AFTERWARDS_SECONDS / 10)  # it is told after the answer
    its.came()
    return Callbacks(without, having)


def _upload(host: str, callback: str = "") -> str:
    answer = httpx.post(
        f"http://{host}/upload",
        files={"file": ("photograph.jpg", _picture())},
        data={"callbackUrl": callback} if callback else {},
        headers={"Prefer": "wait=60"},
        timeout=90,
        trust_env=False,
    )
    return str(answer.raise_for_status().json()["imageId"])


def _picture() -> bytes:
    written = io.BytesIO()
    Image.effect_noise((320, 240), 60).save(written, "JPEG")
    return written.getvalue()


def _subscribe(running: Running, urls: Sequence[str]) -> None:
    with (
        httpx.Client(base_url=f"http://{running.host}", timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(_AT_ONCE) as threads,
    ):

        def make(url: str) -> None:
            client.post("/webhooks", json={"url": url}).raise_for_status()

        list(threads.map(make, urls))


if __name__ == "__main__":
    main()
