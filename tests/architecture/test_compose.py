"""compose.yaml agrees with the code and with the images; no Docker is needed to see it."""

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from calotype.prepare import WHAT
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.process import ProcessSettings
from calotype_core.settings import declared, load
from calotype_core.topology import SERVICES
from calotype_processor.settings import ProcessorSettings
from deploy.gateway.start import filled
from deploy.services.containers import IMAGES
from tests.architecture.test_images import DOCKERFILES, last

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "deploy/gateway/nginx.conf.template").read_text()
# As it is where nobody chose anything: ${NAME:-this}.
TEXT = re.sub(r"\${\w+:-([^}]*)}", r"\1", (ROOT / "deploy/compose.yaml").read_text())
COMPOSE = msgspec.yaml.decode(TEXT.encode())
CONTAINERS: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
SERVERS = {"kafka", "s3", "mongo"}
OURS = sorted(CONTAINERS.keys() - SERVERS)


def variables(*kinds: type) -> set[str]:
    return {variable for kind in kinds for variable, *_ in declared(kind)}


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def gateway_environ() -> Mapping[str, str]:
    return dict(re.findall(r'(GATEWAY_\w+)="?([^"\s]+(?: [^"\s]+;)?)"?', last("gateway", "ENV")))


def test_everything_is_in_it() -> None:
    """The file starts the four services, the gateway, what prepares, and the servers; no more."""
    assert CONTAINERS.keys() == {*SERVICES, "gateway", "prepare"} | SERVERS


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_what_it_knows(service: str) -> None:
    """Every variable that a service is given is one that it reads."""
    main = importlib.import_module(f"calotype_{service}.__main__")
    known = variables(*get_type_hints(main.Settings).values())
    assert CONTAINERS[service]["environment"].keys() <= known


def test_what_prepares_is_told_what_it_knows() -> None:
    """The commands exist, and get the variables that they read, which are the services'."""
    environ = CONTAINERS["prepare"]["environment"]
    assert environ.keys() <= variables(KafkaSettings, S3Settings, MongoSettings)
    [command] = CONTAINERS["prepare"]["command"]
    assert command == " && ".join(f"calotype {what} ensure" for what in WHAT)
    for service in SERVICES:
        told = CONTAINERS[service]["environment"]
        assert all(told[name] == environ[name] for name in told.keys() & environ.keys())


def test_values_can_be_understood() -> None:
    """What the services are told of the servers passes for settings, and leads to them."""
    environ = CONTAINERS["prepare"]["environment"]
    brokers = load(KafkaSettings, environ).kafka_bootstrap_servers
    assert f"BROKER://{brokers}" == CONTAINERS["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    s3, told = load(S3Settings, environ), CONTAINERS["s3"]["environment"]
    assert s3.s3_endpoint == "http://s3:8333"
    assert s3.s3_access_key == told["AWS_ACCESS_KEY_ID"]
    assert s3.s3_secret_key == told["AWS_SECRET_ACCESS_KEY"]
    assert load(MongoSettings, environ).mongo_url.startswith("mongodb://mongo:")


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_else(name: str) -> None:
    """A container of ours cannot write to its image, has no capability, and can gain none."""
    told = CONTAINERS[name]
    assert told["read_only"] is True
    assert told["tmpfs"] == ["/tmp"]  # noqa: S108 - the container's own
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["init"] is True
    assert not {"cap_add", "privileged", "user", "network_mode"} & told.keys()


@pytest.mark.parametrize("name", OURS)
def test_our_images_are_built_from_here(name: str) -> None:
    """A container of ours runs the image that `make images` builds, from the same Dockerfile."""
    image = "standalone" if name == "prepare" else name
    assert CONTAINERS[name]["image"] == f"calotype/{image}"
    assert CONTAINERS[name]["build"]["dockerfile"] == DOCKERFILES[image]
    assert CONTAINERS[name]["build"]["args"] == {"BASE_IMAGE": "python:3.13-slim"}
    listed = re.search(rf"\b{image}=(\S+)", (ROOT / "Makefile").read_text())
    assert listed
    assert Path(listed[1], "Dockerfile") == Path(DOCKERFILES[image])


def test_the_servers_are_those_of_the_tests() -> None:
    """Where the tests run a server from an image, this file runs the same."""
    assert {name: CONTAINERS[name]["image"] for name in IMAGES} == IMAGES


@pytest.mark.parametrize("service", SERVICES)
def test_a_stop_lets_work_end(service: str) -> None:
    """A service that stops has the time for what was begun, and for the longest image."""
    grace = seconds(CONTAINERS[service]["stop_grace_period"])
    assert grace > ProcessSettings().stop_seconds > ProcessorSettings().attempt_seconds


def test_the_gateway_has_time_to_end() -> None:
    """The web server gives up on what does not end before it is killed for waiting."""
    patience = re.search(r"worker_shutdown_timeout (\w+);", TEMPLATE)
    assert patience
    assert seconds(CONTAINERS["gateway"]["stop_grace_period"]) > seconds(patience[1])
    assert last("gateway", "STOPSIGNAL") == "SIGQUIT"


def test_nobody_else_reaches_it() -> None:
    """Ports are opened to this machine alone: there are no keys in this version."""
    published = [port for one in CONTAINERS.values() for port in one.get("ports", ())]
    assert len(published) == 2
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_each_waits_for_what_it_needs() -> None:
    """Servers, then what prepares them, then services, then the gateway."""
    assert dict(_conditions("prepare")) == dict.fromkeys(SERVERS, "service_healthy")
    for service in SERVICES:
        assert dict(_conditions(service)) == {"prepare": "service_completed_successfully"}
    assert {condition for _, condition in _conditions("gateway")} == {"service_healthy"}
    assert all("healthcheck" in CONTAINERS[name] for name in SERVERS)


def _conditions(name: str) -> Iterator[tuple[str, str]]:
    for other, told in CONTAINERS[name]["depends_on"].items():
        yield other, told["condition"]


def test_what_is_kept_is_declared() -> None:
    """Every volume that is mounted exists, and none is there for nobody."""
    mounted = {volume for one in CONTAINERS.values() for volume in one.get("volumes", ())}
    assert {volume.partition(":")[0] for volume in mounted} == COMPOSE["volumes"].keys()
    assert "scratch:/scratch" in CONTAINERS["processor"]["volumes"]
    assert "CALOTYPE_SCRATCH_DIR=/scratch" in last("processor", "ENV")


def test_the_gateway_finds_the_services() -> None:
    """The image names each service behind the gateway by its container and its port."""
    named = gateway_environ()
    behind = [other for other, _ in _conditions("gateway")]
    for service in behind:
        port = last(service, "EXPOSE")
        assert named[f"GATEWAY_{service.upper()}"] == f"server {service}:{port};"
    assert sorted(behind) == sorted(re.findall(r"^ *upstream (\w+)", TEMPLATE, re.MULTILINE))


def test_the_gateway_is_told_everything() -> None:
    """The image has a value for each variable of the template but the address, and no other."""
    asked = set(re.findall(r"\${(GATEWAY_\w+)}", TEMPLATE))
    assert gateway_environ().keys() == asked - {"GATEWAY_LISTEN"}


def test_a_missing_variable_of_the_gateway_is_named() -> None:
    """The template is filled in where all is said; nginx's own names stay as they are."""
    assert filled("${GATEWAY_A} $host", {"GATEWAY_A": "a"}) == "a $host"
    with pytest.raises(KeyError, match="GATEWAY_B"):
        filled("${GATEWAY_A} ${GATEWAY_B}", {"GATEWAY_A": "a"})
