"""The product as services of their own on the real servers, behind the gateway."""

import asyncio
import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from string import Template

import httpx

from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.settings import load
from calotype_core.topology import INGEST, NOTIFIER, PROCESSOR, QUERY
from deploy.services.plan import free_ports
from tests import servers
from tests.buckets import new_bucket, new_name
from tests.running import Process

ROOT = Path(__file__).parents[1]
_GATEWAY = ROOT / "deploy" / "gateway" / "nginx.conf.template"
# The order in which they are started, and the other way round in which they are stopped.
REPLICAS = {QUERY: 1, NOTIFIER: 1, PROCESSOR: 1, INGEST: 1}
_STARTED_WITHIN_SECONDS = 30


def _ports_of_ours() -> Iterator[int]:
    """Yield free ports that no other worker of this test run takes.

    None of those that systems give out to clients: each is bound again after a restart.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return (port for port in free_ports() if port % workers == worker)


_PORTS = _ports_of_ours()


class Cluster:
    """Topics, a bucket and a database of its own; services that may be killed one by one."""

    def __init__(
        self,
        folder: Path,
        environ: dict[str, str] | None = None,
        replicas: dict[str, int] | None = None,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        name = f"test-{uuid.uuid4().hex[:12]}"
        self.url = f"http://127.0.0.1:{next(_PORTS)}"
        self.environ = {
            **servers.environ(),
            "CALOTYPE_KAFKA_NAMESPACE": f"{name}.",
            "CALOTYPE_KAFKA_PARTITIONS": "4",
            "CALOTYPE_S3_BUCKET": new_name(),
            "CALOTYPE_MONGO_DATABASE": name,
            "CALOTYPE_SCRATCH_DIR": str(folder / "scratch"),
            **(environ or {}),
        }
        self.services = {
            service: [self._service(service, number) for number in range(replicas_of)]
            for service, replicas_of in {**REPLICAS, **(replicas or {})}.items()
        }
        self.process: subprocess.Popen[bytes] | None = None  # the gateway's
        self._prepared = False
        self._numbers = count(100)

    def start(self) -> None:
        if not self._prepared:
            self.prepare()
        for process in self.processes():
            process.spawn()
        for process in self.processes():
            process.await_address()
        self.process = self._gateway()

    def prepare(self) -> None:
        """Make topics, bucket and indexes, as an operator does once."""
        with ThreadPoolExecutor(1) as thread:  # the browser's tests have a loop running in theirs
            thread.submit(asyncio.run, self._prepare()).result()
        new_bucket(self.environ["CALOTYPE_S3_BUCKET"])
        self._prepared = True

    async def _prepare(self) -> None:
        await ensure_topics(load(KafkaSettings, self.environ))
        async with Mongo.open(load(MongoSettings, self.environ), random=Random()) as mongo:
            await mongo.prepare()

    def stop(self) -> int:
        """Stop everything as an orderly shutdown does; return 0 where all of it ended well."""
        codes = [one.stop() for one in reversed([*self.processes()]) if one.is_running()]
        assert self.process is not None
        self.process.terminate()
        self.process.wait()
        self.process = None
        return max(codes, default=0)

    def processes(self, *services: str) -> Iterator[Process]:
        for service in services or self.services:
            yield from self.services[service]

    def another(self, service: str) -> Process:
        """Return one more process of a service, which the gateway does not know."""
        return self._service(service, number=next(self._numbers))

    def log(self) -> str:
        return "\n".join(f"== {one.log_path.name}\n{one.log()}" for one in self.processes())

    def is_running(self) -> bool:
        return self.process is not None

    def pids(self) -> Sequence[int]:
        return [pid for one in self.processes() for pid in one.pids()]

    def metrics(self) -> str:
        return "".join(one.metrics() for one in self.processes())

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def _service(self, service: str, number: int) -> Process:
        return Process(
            arguments=[f"calotype_{service}"],
            log_path=self.folder / f"{service}-{number}.log",
            # A port of its own for good, so that the gateway finds it again after a restart.
            environ={
                **({"CALOTYPE_PUBLIC_URL": self.url} if service == NOTIFIER else {}),
                **self.environ,
                "CALOTYPE_PORT": str(next(_PORTS)),
            },
        )

    def _gateway(self) -> "subprocess.Popen[bytes]":
        state = self.folder / "gateway"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        host = self.url.removeprefix("http://")
        said = {f"GATEWAY_{name.upper()}": self._servers(name) for name in self.services}
        filled = Template(_GATEWAY.read_text()).safe_substitute(
            said,
            GATEWAY_LISTEN=host,
            GATEWAY_STATE=state,
            GATEWAY_WEB=ROOT / "web",
            GATEWAY_SCHEMA=ROOT / "docs" / "openapi.json",
        )
        (state / "nginx.conf").write_text(filled)
        with (state / "log").open("w") as log:
            process = subprocess.Popen(
                ["nginx", "-p", state, "-c", state / "nginx.conf", "-g", "daemon off;"],  # noqa: S607 - wherever it is
                stderr=log,
            )
        with closing(_connected(host, process, state / "log")):
            return process

    def _servers(self, service: str) -> str:
        ports = [one.environ["CALOTYPE_PORT"] for one in self.services[service]]
        return " ".join(f"server 127.0.0.1:{port};" for port in ports)


def _connected(host: str, process: "subprocess.Popen[bytes]", log: Path) -> socket.socket:
    name, _, port = host.partition(":")
    while True:
        assert process.poll() is None, log.read_text()
        try:
            return socket.create_connection((name, int(port)), timeout=_STARTED_WITHIN_SECONDS)
        except ConnectionRefusedError:
            continue
