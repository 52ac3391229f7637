import secrets
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.services import certificates, containers, files, install
from deploy.services.plan import Plan
from deploy.services.process import Command, output

_HEAP = "-Xmx512m"
_FORMAT_SECONDS = 60
_ANSWER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Kafka:
    """One broker that is its own controller: a plain listener, and one that asks for a login.

    On the plain one everybody may do everything; on the other everybody but admin may do what
    access control lists say, so nothing at first.
    """

    plan: Plan
    home: Path
    name: str = "kafka"

    def command(self) -> Command:
        """Write its configuration, format its storage if that is new, return what to run."""
        config = self.home / "server.properties"
        certificates.make(self.home / "tls")
        files.write(config, properties(self.plan.ports, self.home))
        java = self._java()
        if not (self.home / "data" / "meta.properties").exists():
            _format(java, config, self.plan.passwords)
        return Command(argv=(*java, "kafka.Kafka", str(config)))

    def healthy(self) -> bool:
        """Return whether it names itself as a broker that takes requests."""
        with suppress(OSError, struct.error):
            return _brokers(self.plan.ports["kafka"]) > 0
        return False

    def environ(self) -> Mapping[str, str]:
        """Return how to reach it, in Calotype's variables and in those of its tests."""
        passwords = self.plan.passwords
        return {
            "CALOTYPE_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.plan.ports['kafka']}",
            "CALOTYPE_TEST_KAFKA_SASL_BOOTSTRAP_SERVERS": (
                f"127.0.0.1:{self.plan.ports['kafka_sasl']}"
            ),
            "CALOTYPE_TEST_KAFKA_CA_FILE": str(self.home / "tls" / "ca.pem"),
            "CALOTYPE_TEST_KAFKA_USERNAME": "admin",
            "CALOTYPE_TEST_KAFKA_PASSWORD": passwords["kafka_admin"],
            "CALOTYPE_TEST_KAFKA_STRANGER_USERNAME": "stranger",
            "CALOTYPE_TEST_KAFKA_STRANGER_PASSWORD": passwords["kafka_stranger"],
        }

    def tool(self, name: str, *arguments: str) -> Command:
        """Return the command that runs a class of Kafka's tools, which may do everything."""
        server = f"127.0.0.1:{self.plan.ports['kafka']}"
        tools = (
            *self._java("-tool"),
            f"org.apache.kafka.tools.{name}",
            "--bootstrap-server",
            server,
        )
        return Command(argv=(*tools, *arguments))

    def _java(self, beside: str = "") -> Sequence[str]:
        if self.name in self.plan.containers:
            java = containers.run(self.name, program="java", home=self.home, beside=beside)
            jars = Path("/opt/kafka/libs")
        else:
            java = (install.program("java", "default-jre-headless"),)
            jars = install.kafka_jars()
        return (*java, _HEAP, "-Dlog4j2.level=WARN", "-cp", f"{jars}/*")


def properties(ports: Mapping[str, int], home: Path) -> str:
    """Return the broker's configuration."""
    listeners = ",".join(
        f"{name}://127.0.0.1:{ports[port]}"
        for name, port in (("PLAINTEXT", "kafka"), ("SASL_SSL", "kafka_sasl"))
    )
    controller = f"127.0.0.1:{ports['kafka_controller']}"
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners={listeners},CONTROLLER://{controller}
advertised.listeners={listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={home}/data

sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={home}/tls/server.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
allow.everyone.if.no.acl.found=false

# A topic is made by Calotype, with the partitions and retention that it wants, or not at all.
auto.create.topics.enable=false
offsets.retention.minutes=20160
group.initial.rebalance.delay.ms=0

# One node holds everything, in little memory.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=8
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
"""


def _format(java: Sequence[str], config: Path, passwords: Mapping[str, str]) -> None:
    """Prepare the empty storage, and the two users in it."""
    users = (
        f"--add-scram=SCRAM-SHA-512=[name={name},password={passwords[f'kafka_{name}']}]"
        for name in ("admin", "stranger")
    )
    output(
        (
            *(*java, "kafka.tools.StorageTool", "format"),
            *(f"--cluster-id={secrets.token_urlsafe(16)}", "-c", str(config), *users),
        ),
        seconds=_FORMAT_SECONDS,
    )


def _brokers(port: int) -> int:
    """Ask for the cluster's brokers (Metadata, version 1, of no topic) and count them."""
    request = struct.pack(">hhih8si", 3, 1, 1, 8, b"calotype", 0)
    with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        # Its length, our number back, the length of the list of brokers.
        _, _, brokers = struct.unpack(">iii", connection.recv(12, socket.MSG_WAITALL))
    return int(brokers)
