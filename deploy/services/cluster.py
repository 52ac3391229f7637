import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from deploy.services import containers, files, install, plan
from deploy.services.errors import ServicesError
from deploy.services.kafka import Kafka
from deploy.services.mongo import Mongo
from deploy.services.process import Command, Daemon, wait_for
from deploy.services.s3 import S3

# A first start on a machine with much else to do; usually it is 5 s.
_HEALTHY_SECONDS = 120


class Server(Protocol):
    """One of the servers that Calotype runs on."""

    @property
    def name(self) -> str:
        """Its name on the command line, and its folder's."""

    @property
    def home(self) -> Path:
        """The folder that holds everything of its own."""

    def command(self) -> Command:
        """Prepare whatever it needs to start, programs included, and return what to run."""

    def healthy(self) -> bool:
        """Return whether it serves; never raises for one that does not."""

    def environ(self) -> Mapping[str, str]:
        """Return the variables that lead to it."""


class Cluster:
    """All the servers of one checkout, and the folder with their state."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def up(self) -> None:
        """Start what does not run, and write `environ` once everything serves."""
        path = self._state / "plan.json"
        if not path.exists():
            plan.save(plan.draw(tuple(containers.available())), path)
        servers = self._servers()
        self._start(servers)
        install.gateway()
        variables = (f"{key}={value}\n" for one in servers for key, value in one.environ().items())
        files.write(self._state / "environ", "".join(variables))

    def down(self) -> None:
        """Stop everything, and forget it all."""
        _stop([Daemon(path.parent) for path in self._state.glob("*/pid")])
        shutil.rmtree(self._state, ignore_errors=True)

    def start(self, name: str) -> None:
        """Start one server again, over the data that it had."""
        self._start([self._server(name)])

    def stop(self, name: str) -> None:
        """Stop one server; its data and its port stay its own."""
        _stop([Daemon(self._server(name).home)])

    def status(self) -> Iterator[str]:
        """Yield a line about each server."""
        for server in self._servers():
            daemon = Daemon(server.home)
            state = "stopped"
            if daemon.alive():
                word = "serves" if server.healthy() else "does not answer"
                state = f"process {daemon.pid()} {word}"
            yield f"{server.name}: {state}"

    def _server(self, name: str) -> Server:
        return next(one for one in self._servers() if one.name == name)

    def _servers(self) -> Sequence[Server]:
        drawn = plan.load(self._state / "plan.json")
        if drawn is None:
            raise ServicesError("there are no servers here: `make services-up` starts them")
        return (
            Kafka(drawn, self._state / "kafka"),
            S3(drawn, self._state / "s3"),
            Mongo(drawn, self._state / "mongo"),
        )

    def _start(self, servers: Sequence[Server]) -> None:
        commands = []
        for server in servers:
            daemon = Daemon(server.home)
            if not daemon.alive():
                containers.remove(server.home)  # a client that was killed leaves its container
                commands.append((daemon, server.command()))
        begun = time.monotonic()
        for daemon, command in commands:
            daemon.start(command)
        for server in servers:
            _await(server)
            print(f"{server.name} serves ({time.monotonic() - begun:.1f} s)", flush=True)


def _await(server: Server) -> None:
    daemon = Daemon(server.home)
    settled = wait_for(lambda: server.healthy() or not daemon.alive(), seconds=_HEALTHY_SECONDS)
    if not daemon.alive():
        raise ServicesError(f"{server.name} has ended; the end of its log:\n{daemon.last_words()}")
    if not settled:
        raise ServicesError(
            f"{server.name} does not serve; the end of its log:\n{daemon.last_words()}"
        )


def _stop(daemons: Sequence[Daemon]) -> None:
    for daemon in daemons:
        daemon.ask_to_stop()
    for daemon in daemons:
        daemon.stop()
        containers.remove(daemon.home)
