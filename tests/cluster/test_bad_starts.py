"""A service that cannot start says which variable, what it tried and what came back, and leaves."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.clustered import Cluster

pytestmark = pytest.mark.cluster

NOBODY = "127.0.0.1:9"  # the discard port: nothing listens there
PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - must not be told


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """Return topics, a bucket and a database that a service could start on."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.prepare()
    return cluster


def start(service: str, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", f"calotype_{service}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={
            **os.environ,
            "CALOTYPE_PATIENCE_SECONDS": "1",
            "CALOTYPE_KAFKA_TIMEOUT_SECONDS": "3",
            "CALOTYPE_MONGO_TIMEOUT_SECONDS": "3",
            "CALOTYPE_S3_TIMEOUT_SECONDS": "3",
            "CALOTYPE_LOG_LEVEL": "error",
            "CALOTYPE_PORT": "0",
            **environ,
        },
    )


WRONG: dict[str, dict[str, str]] = {
    "bootstrap server": {"CALOTYPE_KAFKA_BOOTSTRAP_SERVERS": NOBODY},
    "namespace": {"CALOTYPE_KAFKA_NAMESPACE": "nobody."},
    "endpoint": {"CALOTYPE_S3_ENDPOINT": f"http://{NOBODY}"},
    "bucket": {"CALOTYPE_S3_BUCKET": f"nobody-{uuid.uuid4().hex}"},
    "access key": {"CALOTYPE_S3_ACCESS_KEY": "nobody"},
    "secret key": {"CALOTYPE_S3_SECRET_KEY": PASSWORD},
    "database server": {"CALOTYPE_MONGO_URL": f"mongodb://user:{PASSWORD}@{NOBODY}"},
    "database": {"CALOTYPE_MONGO_DATABASE": f"nobody-{uuid.uuid4().hex[:8]}"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_server(prepared: Cluster, name: str) -> None:
    """What leads nowhere is named once the start's patience is over; no traceback, no secret."""
    [variable] = WRONG[name]
    done = start("query", {**prepared.environ, **WRONG[name]})
    words = done.stderr.splitlines()[-1]
    assert done.returncode == 1, done.stderr
    assert words.startswith("calotype query: Gave up after 1 seconds")
    assert variable in words
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    assert "Calotype is at" not in done.stdout


@pytest.mark.parametrize("service", ["ingest", "processor", "query", "notifier"])
def test_every_service_has_patience_and_words(prepared: Cluster, service: str) -> None:
    """Each of the four leaves in the same way."""
    done = start(service, {**prepared.environ, "CALOTYPE_KAFKA_BOOTSTRAP_SERVERS": NOBODY})
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"calotype {service}: Gave up after 1 seconds")


def test_variables_that_cannot_be_understood(prepared: Cluster) -> None:
    """Every such variable is named at once, whichever component it is of."""
    wrong = {
        "CALOTYPE_KAFKA_SECURITY": "carrier pigeon",
        "CALOTYPE_KAFKA_PARTITIONS": "-1",
        "CALOTYPE_S3_ADDRESSING": "by name",
        "CALOTYPE_PATIENCE_SECONDS": "soon",
    }
    done = start("ingest", {**prepared.environ, **wrong})
    assert done.returncode == 2
    assert done.stderr.startswith("calotype ingest: CALOTYPE_")
    assert not [one for one in wrong if one not in done.stderr]


def test_a_port_in_use(prepared: Cluster, tmp_path: Path) -> None:
    """An address that is taken is named, with the variables that choose another."""
    running = Cluster(tmp_path)
    running.prepare()
    [query] = running.processes("query")
    query.start()
    done = start("query", {**prepared.environ, "CALOTYPE_PORT": query.environ["CALOTYPE_PORT"]})
    assert query.stop() == 0
    assert done.returncode == 1
    assert "Cannot listen on 127.0.0.1:" in done.stderr
    assert "CALOTYPE_PORT" in done.stderr
