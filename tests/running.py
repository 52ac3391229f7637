"""The running product: `calotype serve`, as its users start it."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx


@dataclass
class Calotype:
    """A process of the all-in-one over a data folder that outlives it."""

    data_dir: Path
    environ: dict[str, str] = field(default_factory=dict)
    url: str = ""
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        environ = {**os.environ, "CALOTYPE_LOG_FORMAT": "json", **self.environ}
        with (self.data_dir.parent / f"{self.data_dir.name}.log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "calotype",
                    "serve",
                    "--port=0",
                    f"--data-dir={self.data_dir}",
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environ,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Calotype is at "), (line, self.log())
        self.url = line.split()[-1]

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process = None
        return code

    def log(self) -> str:
        return (self.data_dir.parent / f"{self.data_dir.name}.log").read_text()

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)
