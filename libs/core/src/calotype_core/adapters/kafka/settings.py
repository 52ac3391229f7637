from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from calotype_core.settings import PATH, TEXT, seconds, setting, whole_number, word

Security = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["scram-sha-512", "scram-sha-256", "plain"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaSettings:
    """Where the brokers are, and how a service proves who it is."""

    kafka_bootstrap_servers: str = setting(
        "127.0.0.1:9092", TEXT, "Brokers to begin with: host:port, several with commas between."
    )
    kafka_security: Security = setting(
        "plaintext",
        word("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
        "Whether connections are encrypted (ssl), and whether a password is sent (sasl).",
    )
    kafka_sasl_mechanism: Mechanism = setting(
        "scram-sha-512",
        word("scram-sha-512", "scram-sha-256", "plain"),
        "How the password is proved, where security is sasl_….",
    )
    kafka_username: str = setting("", TEXT, "The name to log in with, where security is sasl_….")
    kafka_password: str = setting("", TEXT, "Its password.", secret=True)
    kafka_ca_file: Path | None = setting(
        None, PATH, "Certificates (PEM) that brokers are checked against; unset: the system's."
    )
    kafka_namespace: str = setting(
        "", TEXT, "Put before the names of topics and groups, where installations share brokers."
    )
    kafka_partitions: int = setting(
        12,
        whole_number("partitions", most=1_000),
        "Partitions of a topic that is created or grown; they bound the replicas of a service.",
    )
    kafka_replication: int = setting(
        1, whole_number("copies", most=10), "Copies of each partition; 3 where there are 3 brokers."
    )
    kafka_timeout_seconds: float = setting(
        10.0,
        seconds(least=0.1),
        "How long one request to a broker may take before it counts as away.",
    )
    kafka_session_seconds: float = setting(
        20.0,
        seconds(least=6),
        "A member of a group that says nothing for so long is taken for dead; others go on for it.",
    )
