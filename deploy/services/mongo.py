import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.services import containers, install
from deploy.services.plan import Plan
from deploy.services.process import Command

_ANSWER_SECONDS = 2
# {ping: 1, $db: "admin"} in BSON, less the length before it.
_PING = b"\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0"
_OP_MSG = 2013


@dataclass(frozen=True, slots=True)
class Mongo:
    """What speaks MongoDB's protocol: MongoDB where its image is at hand, else SecantusDB."""

    plan: Plan
    home: Path
    name: str = "mongo"

    def command(self) -> Command:
        """Return what to run."""
        (self.home / "data").mkdir(parents=True, exist_ok=True)
        port = ("--port", str(self.plan.ports["mongo"]))
        if self.name in self.plan.containers:
            server = containers.run(self.name, program="mongod", home=self.home)
            return Command(argv=(*server, *port, "--bind_ip", "127.0.0.1", "--dbpath", "data"))
        server = (str(install.secantusdb()), "--host", "127.0.0.1")
        return Command(argv=(*server, *port, "--storage-path", "data", "--sync-on-commit"))

    def healthy(self) -> bool:
        """Return whether it answers a ping."""
        with suppress(OSError):
            return _ping(self.plan.ports["mongo"])
        return False

    def environ(self) -> Mapping[str, str]:
        """Return how to reach it, in Calotype's variables."""
        return {"CALOTYPE_MONGO_URL": f"mongodb://127.0.0.1:{self.plan.ports['mongo']}"}


def _ping(port: int) -> bool:
    document = struct.pack("<i", len(_PING) + 4) + _PING
    # Flags, and the kind of the one section that follows: a document.
    body = struct.pack("<ib", 0, 0) + document
    header = struct.pack("<iiii", 16 + len(body), 1, 0, _OP_MSG)
    with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS) as connection:
        connection.sendall(header + body)
        return b"\x01ok\0" + struct.pack("<d", 1.0) in connection.recv(4096)
