"""What every client of the brokers shares: how it connects, and how its errors are told."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aiokafka import errors
from aiokafka.conn import collect_hosts, create_conn

from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.errors import Rejected, Unavailable
from calotype_core.settings import SettingsError

# The names of a topic that is grown are looked up anew this often.
_METADATA_MAX_AGE_MS = 30_000
# A request gets less than the whole of the time, so that the client can still say what came of it.
_REQUEST_SHARE = 0.8

_REFUSED = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
)
_TOO_LARGE = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.RecordTooLargeError,
)
# What each kind of error is mended with; the first that fits counts.
_REMEDIES: Sequence[tuple[tuple[type[BaseException], ...], str]] = (
    (_REFUSED, "not allowed; see CALOTYPE_KAFKA_USERNAME and the ACLs of deploy/policies/kafka"),
    (
        (errors.UnknownTopicOrPartitionError,),
        (
            "no such topic, or none that this user may see. Run: calotype topics ensure; see"
            " CALOTYPE_KAFKA_NAMESPACE and CALOTYPE_KAFKA_USERNAME"
        ),
    ),
    (
        (errors.SaslAuthenticationFailed,),
        "the login failed; see CALOTYPE_KAFKA_USERNAME and CALOTYPE_KAFKA_PASSWORD",
    ),
    (
        (errors.UnsupportedSaslMechanismError, errors.IllegalSaslStateError),
        "it takes no such login; see CALOTYPE_KAFKA_SASL_MECHANISM and CALOTYPE_KAFKA_SECURITY",
    ),
    (
        (ssl.SSLCertVerificationError,),
        "its certificate is not to be trusted; see CALOTYPE_KAFKA_CA_FILE",
    ),
    (
        (
            ssl.SSLError,
            errors.KafkaConnectionError,
            EOFError,
            ConnectionResetError,
            BrokenPipeError,
        ),
        "the connection broke; see CALOTYPE_KAFKA_SECURITY and CALOTYPE_KAFKA_BOOTSTRAP_SERVERS",
    ),
    (
        (TimeoutError, errors.RequestTimedOutError, errors.KafkaTimeoutError),
        (
            "no answer in time; try again, or see CALOTYPE_KAFKA_BOOTSTRAP_SERVERS and"
            " CALOTYPE_KAFKA_TIMEOUT_SECONDS"
        ),
    ),
    ((OSError,), "nobody is there; see CALOTYPE_KAFKA_BOOTSTRAP_SERVERS"),
    ((errors.KafkaError, errors.ConsumerStoppedError), "try again"),
)


class RecordTooLargeError(Rejected):
    """The brokers take no record of this size, however often it is sent."""

    code = "record_too_large"


def milliseconds(seconds: float) -> int:
    """Return seconds as the clients want them."""
    return int(seconds * 1000)


def client_options(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """Return the arguments that all clients take; raises SettingsError."""
    options: dict[str, Any] = {
        "bootstrap_servers": bootstrap_servers(settings),
        "client_id": client_id,
        "request_timeout_ms": milliseconds(settings.kafka_timeout_seconds * _REQUEST_SHARE),
        "metadata_max_age_ms": _METADATA_MAX_AGE_MS,
        "security_protocol": settings.kafka_security.upper(),
    }
    if settings.kafka_security.endswith("ssl"):
        options["ssl_context"] = _ssl_context(settings)
    if settings.kafka_security.startswith("sasl"):
        if not settings.kafka_username:
            raise SettingsError("CALOTYPE_KAFKA_USERNAME: expected a name to log in with, got ''")
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism.upper()
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password
    return options


def bootstrap_servers(settings: KafkaSettings) -> Sequence[str]:
    """Return the brokers to begin with; raises SettingsError."""
    servers = [one.strip() for one in settings.kafka_bootstrap_servers.split(",") if one.strip()]
    if servers and all(_is_address(one) for one in servers):
        return servers
    raise SettingsError(
        "CALOTYPE_KAFKA_BOOTSTRAP_SERVERS: expected host:port, several with commas between, got"
        f" {settings.kafka_bootstrap_servers!r}"
    )


def _is_address(server: str) -> bool:
    host, _, port = server.rpartition(":")
    return bool(host) and port.isdigit() and "/" not in server


def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.kafka_ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"CALOTYPE_KAFKA_CA_FILE: expected certificates (PEM), got {settings.kafka_ca_file}:"
            f" {error}"
        ) from error


async def reason(settings: KafkaSettings) -> Exception | None:
    """Return what keeps the brokers from answering: the clients only log it."""
    options = client_options(settings, "calotype")
    servers = collect_hosts(options.pop("bootstrap_servers"))
    del options["metadata_max_age_ms"]
    found: Exception | None = None
    for host, port, _ in servers:
        try:
            (await create_conn(host, port, **options)).close()
        except (errors.KafkaError, OSError) as error:
            found = error
    return found


@contextmanager
def kafka_errors(settings: KafkaSettings, doing: str) -> Iterator[None]:
    """Tell what the clients raise as ours: what was tried, what came back, what to look at."""
    tried = f"Kafka at {settings.kafka_bootstrap_servers} did not {doing}"
    try:
        yield
    except _TOO_LARGE as error:
        raise RecordTooLargeError(f"{tried}: the record is too large ({_said(error)}).") from error
    except (errors.KafkaError, errors.ConsumerStoppedError, OSError, EOFError) as error:
        remedy = next(words for kinds, words in _REMEDIES if isinstance(error, kinds))
        raise Unavailable(f"{tried} ({_said(error)}): {remedy}.") from error


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
