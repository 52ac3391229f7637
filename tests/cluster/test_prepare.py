"""What `calotype topics|bucket|records ensure` make of real servers."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from calotype_core.topology import RETENTION
from tests.buckets import new_name
from tests.mongo import fresh_database
from tests.servers import environ

pytestmark = pytest.mark.cluster


def run(arguments: str, variables: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "calotype", *arguments.split()],
        env={**environ(), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def ensure(what: str, variables: Mapping[str, str]) -> list[str]:
    done = run(f"{what} ensure", variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_topics() -> None:
    """Every topic is made, with the partitions that were asked for; once is enough."""
    namespace = f"test-{uuid4().hex[:12]}."
    variables = {"CALOTYPE_KAFKA_NAMESPACE": namespace, "CALOTYPE_KAFKA_PARTITIONS": "2"}
    made = ensure("topics", variables)
    assert made == sorted(f"{namespace}{topic}: created with 2 partitions" for topic in RETENTION)
    assert ensure("topics", variables) == ["nothing to change"]


def test_bucket() -> None:
    """The bucket is made, and keeps versions; once is enough."""
    variables = {"CALOTYPE_S3_BUCKET": new_name()}
    made = ensure("bucket", variables)
    assert made[0].startswith(f"Made the bucket {variables['CALOTYPE_S3_BUCKET']} in ")
    assert made[1] == "Switched versioning on."
    assert ensure("bucket", variables) == ["nothing to change"]


def test_records() -> None:
    """The database is marked as ours and has its indexes; once is enough."""
    with fresh_database() as settings:
        variables = {
            "CALOTYPE_MONGO_URL": settings.mongo_url,
            "CALOTYPE_MONGO_DATABASE": settings.mongo_database,
        }
        said = [f"{settings.mongo_database}: prepared, with its indexes"]
        assert ensure("records", variables) == said
        assert ensure("records", variables) == ["nothing to change"]


@pytest.mark.parametrize(
    ("what", "variable", "nowhere"),
    [
        ("topics", "CALOTYPE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        ("bucket", "CALOTYPE_S3_ENDPOINT", "http://127.0.0.1:1"),
        ("records", "CALOTYPE_MONGO_URL", "mongodb://127.0.0.1:1"),
    ],
)
def test_a_server_that_is_away(what: str, variable: str, nowhere: str) -> None:
    """Where there is no server, the last words name the variable, and the exit code is 1."""
    short = f"{variable.rpartition('_')[0].removesuffix('_BOOTSTRAP')}_TIMEOUT_SECONDS"
    done = run(f"{what} ensure", {variable: nowhere, short: "1"})
    assert done.returncode == 1
    last_words = done.stderr.splitlines()[-1]
    assert last_words.startswith("calotype: ")
    assert variable in last_words


def test_the_doctor_shows_what_signs_callbacks(tmp_path: Path) -> None:
    """The secret that the services' notifier makes for itself is made once, kept and shown."""
    with fresh_database() as settings:
        variables = {
            "CALOTYPE_MONGO_DATABASE": settings.mongo_database,
            "CALOTYPE_DATA_DIR": str(tmp_path),
            "CALOTYPE_PORT": "0",
        }
        secrets = [secret_in(run("doctor", variables).stdout) for _ in range(2)]
        assert secrets[0] == secrets[1]


def secret_in(text: str) -> str:
    found = re.search(r"services' callbacks \(.*\): (whsec_\S+)$", text, re.MULTILINE)
    assert found, text
    return found[1]
