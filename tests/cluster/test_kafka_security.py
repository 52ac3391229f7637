"""TLS, logins and rights, proved against a broker that demands them."""

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import Message
from calotype_core.settings import SettingsError, load
from calotype_core.topology import (
    RETENTION,
    SERVICES,
    topics_consumed_by,
    topics_of,
    topics_produced_by,
    topics_read_by,
    topics_tailed_by,
)
from deploy.services import plan
from deploy.services.kafka import Kafka
from tests import servers
from tests.cluster.members import take

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

_ROOT = Path(__file__).parents[2]
_STATE = _ROOT / ".services"
_PASSWORD = "a-password-of-the-tests"  # noqa: S105 - of users that the tests make
_NAMESPACE = f"test-{uuid.uuid4().hex[:12]}."


def secure(username: str = "", password: str = "") -> KafkaSettings:
    """Return what leads to the listener that demands a login, as its administrator if as nobody."""
    environ = servers.environ()
    return KafkaSettings(
        kafka_bootstrap_servers=environ["CALOTYPE_TEST_KAFKA_SASL_BOOTSTRAP_SERVERS"],
        kafka_security="sasl_ssl",
        kafka_username=username or environ["CALOTYPE_TEST_KAFKA_USERNAME"],
        kafka_password=password or environ["CALOTYPE_TEST_KAFKA_PASSWORD"],
        kafka_ca_file=Path(environ["CALOTYPE_TEST_KAFKA_CA_FILE"]),
        kafka_namespace=_NAMESPACE,
        kafka_partitions=1,
        kafka_timeout_seconds=5,
    )


def plain() -> KafkaSettings:
    return replace(load(KafkaSettings, servers.environ()), kafka_namespace=_NAMESPACE)


def message(topic: str) -> Message:
    return Message(topic=topic, key="key", value=b"value", headers={})


WRONG: Mapping[str, tuple[Callable[[], KafkaSettings], str]] = {
    "password": (lambda: secure(password="wrong-one"), "CALOTYPE_KAFKA_PASSWORD"),  # noqa: S106
    "user": (lambda: secure(username="nobody"), "CALOTYPE_KAFKA_USERNAME"),
    "authority": (lambda: replace(secure(), kafka_ca_file=None), "CALOTYPE_KAFKA_CA_FILE"),
    "no TLS": (
        lambda: replace(secure(), kafka_security="sasl_plaintext"),
        "CALOTYPE_KAFKA_SECURITY",
    ),
    "nothing": (lambda: replace(secure(), kafka_security="plaintext"), "CALOTYPE_KAFKA_SECURITY"),
    "no login": (lambda: replace(secure(), kafka_security="ssl"), "CALOTYPE_KAFKA_SECURITY"),
    "mechanism": (
        lambda: replace(secure(), kafka_sasl_mechanism="scram-sha-256"),
        "CALOTYPE_KAFKA_SASL_MECHANISM",
    ),
    "TLS where none is": (
        lambda: replace(secure(), kafka_bootstrap_servers=plain().kafka_bootstrap_servers),
        "CALOTYPE_KAFKA_SECURITY",
    ),
    "servers": (
        lambda: replace(secure(), kafka_bootstrap_servers="127.0.0.1:1"),
        "CALOTYPE_KAFKA_BOOTSTRAP_SERVERS",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_named(wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever keeps a service out, the error names the variable to look at, and no secret."""
    make, variable = WRONG[wrong]
    settings = make()
    async with KafkaEventLog.open(settings) as log:
        for attempt in (log.check(), log.append([message("any")]), joined(log, "processor")):
            with pytest.raises(Unavailable, match=variable) as caught:
                await attempt
            assert settings.kafka_password not in caught.value.message
    assert settings.kafka_password not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"kafka_ca_file": Path("nowhere.pem")}, "CALOTYPE_KAFKA_CA_FILE"),
        ({"kafka_username": ""}, "CALOTYPE_KAFKA_USERNAME"),
    ],
)
async def test_settings_that_cannot_be(change: dict[str, object], variable: str) -> None:
    """What is seen without asking anybody stops the start."""
    with pytest.raises(SettingsError, match=variable):
        async with KafkaEventLog.open(replace(secure(), **change)):  # type: ignore[arg-type]  # of the right types
            pass


async def joined(log: KafkaEventLog, group: str, *topics: str) -> None:
    """Join the group and leave it."""
    async with log.subscribe(group, topics or topics_consumed_by(group)):
        pass


@dataclass(frozen=True)
class Installation:
    """Topics, and a user for each service, made as an operator makes them."""

    def of(self, service: str) -> KafkaSettings:
        return secure(f"{_NAMESPACE}{service}", _PASSWORD)


async def tool(name: str, *arguments: str) -> None:
    """Run one of Kafka's own tools."""
    drawn = plan.load(_STATE / "plan.json")
    assert drawn is not None
    argv = Kafka(drawn, _STATE / "kafka").tool(name, *arguments).argv
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()


async def give_rights(rights: str) -> None:
    """Make a user, and do with a file of rights what its README says."""
    user = _NAMESPACE + rights
    await tool(
        *("ConfigCommand", "--alter", "--entity-type", "users", "--entity-name", user),
        *("--add-config", f"SCRAM-SHA-512=[password={_PASSWORD}]"),
    )
    text = (_ROOT / "deploy" / "policies" / "kafka" / f"{rights}.txt").read_text()
    for line in text.replace(" calotype.", f" {_NAMESPACE}calotype.").splitlines():
        if not line.startswith("#"):
            principal = ("--add", "--allow-principal", f"User:{user}")
            await tool("AclCommand", *principal, *line.split())


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def installation() -> AsyncIterator[Installation]:
    servers.environ()  # skips where there are none
    await asyncio.gather(*map(give_rights, ("topics-ensure", "ingest")))
    await asyncio.gather(*map(give_rights, ("processor", "query", "notifier")))
    made = Installation()
    await ensure_topics(made.of("topics-ensure"))
    yield made
    await servers.drop_topics(plain())


async def test_topics_ensure_needs_no_more(installation: Installation) -> None:
    """Who may make topics may grow them, and may not read or write what is in them."""
    settings = installation.of("topics-ensure")
    assert await ensure_topics(settings) == []
    grown = await ensure_topics(replace(settings, kafka_partitions=2))
    assert len(grown) == len(RETENTION)
    async with KafkaEventLog.open(settings) as log:
        with pytest.raises(Unavailable, match="not allowed"):
            await log.append([message(next(iter(RETENTION)))])


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_do_what_it_does(service: str, installation: Installation) -> None:
    """With its own rights a service is ready, appends, reads, commits and follows."""
    async with KafkaEventLog.open(installation.of(service), topics_of(service)) as log:
        await log.check()
        produced = topics_produced_by(service)
        await log.append([message(topic) for topic in produced])
        if consumed := topics_consumed_by(service):
            async with log.subscribe(service, consumed) as subscription:
                for record in await subscription.poll(100, 1):
                    await subscription.commit({record.partition: record.offset + 1})
                await subscription.lag()
        if tailed := topics_tailed_by(service):
            async with log.tail(tailed) as tail, KafkaEventLog.open(plain()) as other:
                await other.append([message(tailed[0])])
                assert len(await take(tail, 1)) == 1


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_do_nothing_else(service: str, installation: Installation) -> None:
    """It can neither append nor read elsewhere, nor sit in another's group, nor make topics."""
    async with KafkaEventLog.open(installation.of(service), topics_of(service)) as log:
        for topic in RETENTION.keys() - topics_produced_by(service):
            with pytest.raises(Unavailable, match="not allowed"):
                await log.append([message(topic)])
        for topic in RETENTION.keys() - topics_read_by(service):
            with pytest.raises(Unavailable, match="not allowed"):
                async with log.tail([topic]) as tail:
                    await tail.poll(1, 5)
        for other in chain(SERVICES, ["stranger"]):
            if other != service and (readable := topics_of(service)):
                with pytest.raises(Unavailable, match="not allowed"):
                    await joined(log, other, readable[0])
    with pytest.raises(Unavailable, match="not allowed"):
        await ensure_topics(installation.of(service), {"another": timedelta(days=1)})
