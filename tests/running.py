"""The running product, as its users start it: all in one process, or as services on servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from tests import receiver, shop
from tests.receiver import Received

STOPS_WITHIN_SECONDS = 60
# A machine that is busy with other tests may take longer than people would wait.
OURS = {"CALOTYPE_LOG_FORMAT": "json", "CALOTYPE_WAIT_SECONDS": "30"}


class Product(Protocol):
    """The product as a client sees it, whichever way it runs."""

    url: str

    def start(self) -> None:
        """Return once it can be asked; what was accepted before is still there."""

    def stop(self) -> int:
        """Stop as an orderly shutdown does; 0 where all ended well."""

    def client(self) -> httpx.Client:
        """Return a client that asks it."""

    def log(self) -> str:
        """Return what it has said."""

    def is_running(self) -> bool:
        """Return whether it was started and not stopped."""

    def pids(self) -> Sequence[int]:
        """Return its processes that live."""

    def metrics(self) -> str:
        """Return the numbers that its processes tell."""


@dataclass
class Process:
    """One of our processes, which says where it is once it can be asked."""

    arguments: Sequence[str]
    log_path: Path
    environ: dict[str, str] = field(default_factory=dict)
    greeting: str = "Calotype is at "
    url: str = ""
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        self.spawn()
        self.await_address()

    def spawn(self) -> None:
        """Start it, and do not wait until it serves."""
        with self.log_path.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **OURS, **self.environ},
            )

    def await_address(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(self.greeting), (self.arguments, line, self.log())
        self.url = line.split()[-1]

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.ended()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def has_ended(self) -> bool:
        """Return whether it was started, and ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def ended(self) -> int:
        """Wait for the end, and return the exit code."""
        assert self.process is not None
        assert self.process.stdout is not None
        code = self.process.wait(timeout=STOPS_WITHIN_SECONDS)
        self.process.stdout.close()
        self.process = None
        return code

    def log(self) -> str:
        return self.log_path.read_text()

    def is_running(self) -> bool:
        return self.process is not None

    def pids(self) -> Sequence[int]:
        return [one.pid for one in (self.process,) if one is not None and one.poll() is None]

    def metrics(self) -> str:
        return httpx.get(f"{self.url}/metrics", trust_env=False).text


class ShopProcess(Process):
    """A web shop that has pictures under any name, and hosts' bad manners (tests/shop.py)."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(
            arguments=["tests.shop", f"--port={port}"],
            log_path=folder / "shop.log",
            greeting=shop.GREETING,
        )

    @property
    def allowed(self) -> dict[str, str]:
        """The settings of who may fetch from it."""
        port = self.url.rpartition(":")[2]
        return {
            "CALOTYPE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
            "CALOTYPE_FETCH_PORTS": port,
        }


class ReceiverProcess(Process):
    """A receiver of webhooks with every bad manner (tests/receiver.py)."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(
            arguments=["tests.receiver", f"--port={port}"],
            log_path=folder / "receiver.log",
            greeting=receiver.GREETING,
        )

    @property
    def allowed(self) -> dict[str, str]:
        """The settings of who may call it."""
        return {
            "CALOTYPE_WEBHOOK_ALLOW_HTTP": "true",
            "CALOTYPE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        }

    def received(self, path: str = "") -> Sequence[Received]:
        """Return what came to a path such as /ok/a, or everything, in its order."""
        came = httpx.get(f"{self.url}/received{path}", trust_env=False).json()
        return [Received(**one) for one in came]

    def forget(self) -> None:
        """Let what came be forgotten."""
        httpx.delete(f"{self.url}/received", trust_env=False).raise_for_status()


class Calotype(Process):
    """The all-in-one over a data folder that outlives it."""

    def __init__(self, data_dir: Path, environ: dict[str, str] | None = None) -> None:
        super().__init__(
            arguments=["calotype", "serve", "--port=0", f"--data-dir={data_dir}"],
            log_path=data_dir.parent / f"{data_dir.name}.log",
            environ=environ or {},
        )
        self.data_dir = data_dir

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)
