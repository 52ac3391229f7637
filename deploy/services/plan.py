import json
import random
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.services import files
from deploy.services.errors import ServicesError

# Below the range that systems give out to outgoing connections (from 32768 on Linux): a server
# must find its port free when it comes back, and a client that knocks at a closed port inside that
# range may by chance be given the same one as its own, and be connected with itself.
_PORTS = range(12_000, 32_000)
_LISTENERS = ("kafka", "kafka_sasl", "kafka_controller", "s3", "mongo")
_PASSWORDS = ("kafka_admin", "kafka_stranger", "s3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What was drawn at the first start and stays until the servers are taken down."""

    ports: Mapping[str, int]
    passwords: Mapping[str, str]
    # The servers that run from an image; the others come from the package registries.
    containers: Sequence[str]


def draw(containers: Sequence[str]) -> Plan:
    """Return a new plan: ports that are free now, and passwords that nobody knows."""
    return Plan(
        ports=dict(zip(_LISTENERS, _free_ports(), strict=False)),
        passwords={name: secrets.token_urlsafe(24) for name in _PASSWORDS},
        containers=tuple(containers),
    )


def load(path: Path) -> Plan | None:
    """Return the plan that was saved there, if there is one. Raises ServicesError."""
    if not path.exists():
        return None
    try:
        return Plan(**json.loads(path.read_text()))
    except (TypeError, ValueError) as error:
        raise ServicesError(f"{path} is another version's: `make services-down` first") from error


def save(plan: Plan, path: Path) -> None:
    """Keep it, for those who own the folder."""
    files.write(path, json.dumps(asdict(plan), indent=2) + "\n")


def _free_ports() -> Iterator[int]:
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
