"""The product as its users start it: `calotype serve`, over a folder that is thrown away."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STOP_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves, and where."""

    pid: int
    host: str


class NotStartedError(Exception):
    """It said something else than where it is."""


@contextmanager
def running() -> Iterator[Running]:
    """Start it, yield it once it is ready, and stop it. Raises NotStartedError."""
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
                    f"--data-dir={folder}/data",
                ],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
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
