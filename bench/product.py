"""The product as its users start it: `calotype serve`, over a folder that is thrown away."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.recipe import QUALITY, THUMBNAILS

_STOP_SECONDS = 90
# The default renditions, but for the quality: by default a copy gets no more than its original had,
# which would be less work than the bare recipe does.
_RENDITIONS = {"optimised": {"quality": QUALITY}} | {
    name: {"resize": {"width": width, "height": height}}
    for name, (width, height) in THUMBNAILS.items()
}
DEFAULT_INSTRUCTIONS = json.dumps({"renditions": _RENDITIONS})


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves, and where."""

    pid: int
    host: str


class NotStartedError(Exception):
    """It said something else than where it is."""


@contextmanager
def running(
    environ: Mapping[str, str] | None = None, data_dir: Path | None = None
) -> Iterator[Running]:
    """Start it, yield it once it is ready, and stop it. Raises NotStartedError.

    environ has further settings; data_dir is a folder that is there already.
    """
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        log = Path(folder, "log")
        with log.open("w") as errors:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "calotype",
                    "serve",
                    "--port=0",
                    f"--data-dir={data_dir or Path(folder, 'data')}",
                ],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={
                    **os.environ,
                    "CALOTYPE_DEFAULT_INSTRUCTIONS": DEFAULT_INSTRUCTIONS,
                    **(environ or {}),
                },
            )
        try:
            assert process.stdout  # noqa: S101 - it was asked for
            said, _, url = process.stdout.readline().rpartition("http://")
            if not said:
                raise NotStartedError(f"calotype serve did not start:\n{log.read_text()}")
            yield Running(process.pid, url.strip())
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)
