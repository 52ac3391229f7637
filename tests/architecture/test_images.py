"""What the images are made of follows from the code; no Docker is needed to see it."""

import json
import re
from pathlib import Path

import pytest

from calotype_core.topology import INGEST, NOTIFIER, PROCESSOR, QUERY, SERVICES

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"

KAFKA, S3, MONGO, PIXELS = (
    {"aiokafka"},
    {"minio"},
    {"motor", "pymongo"},
    {"pyvips", "pyvips-binary"},
)
DRIVERS = KAFKA | S3 | MONGO | PIXELS
HELD = {
    INGEST: KAFKA | S3 | MONGO,
    PROCESSOR: KAFKA | S3 | MONGO | PIXELS,
    QUERY: KAFKA | S3 | MONGO,
    NOTIFIER: KAFKA | MONGO,
}
DOCKERFILES = {
    **{service: f"services/{service}/Dockerfile" for service in SERVICES},
    "standalone": "Dockerfile",
    "gateway": "deploy/gateway/Dockerfile",
}
WITH_PYTHON = [name for name in DOCKERFILES if name != "gateway"]


def instructions(image: str) -> list[str]:
    """Return the instructions of an image's Dockerfile, each on one line."""
    lines = (ROOT / DOCKERFILES[image]).read_text().replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line and not line.startswith("#")]


def last(image: str, keyword: str) -> str:
    found = [one for one in instructions(image) if one.startswith(f"{keyword} ")]
    return found[-1].removeprefix(f"{keyword} ")


def packages(requirements: str) -> set[str]:
    lines = (REQUIREMENTS / requirements).read_text()
    return set(re.findall(r"^([\w.-]+)==", lines, re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_own_drivers_only(service: str) -> None:
    """A driver that a service does not declare is not in its image, and what it declares is."""
    assert packages(f"{service}.txt") & DRIVERS == HELD[service]


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.stem)
def test_everything_is_installed_by_its_hash(path: Path) -> None:
    """Each requirement has one version and its hashes, and no line says where to fetch it."""
    requirements = path.read_text().replace("\\\n", " ").splitlines()
    assert [one for one in requirements if "==" not in one or "--hash=sha256:" not in one] == []
    assert "://" not in path.read_text()


def test_what_builds_our_packages_is_what_builds_them_here() -> None:
    """The images' build tools are a part of the all-in-one's requirements, version by version."""
    pinned = [
        set(re.findall(r"^\S+==\S+", (REQUIREMENTS / name).read_text(), re.MULTILINE))
        for name in ("build.txt", "standalone.txt")
    ]
    assert pinned[0] <= pinned[1]


@pytest.mark.parametrize("image", WITH_PYTHON)
def test_an_image_is_made_from_its_own_requirements(image: str) -> None:
    """An image installs the build tools' requirements, its own, and nobody else's, by hash."""
    text = (ROOT / DOCKERFILES[image]).read_text()
    installed = re.findall(r"-r requirements/([\w-]+)\.txt", text)
    assert installed == ["build", image]
    assert text.count("--require-hashes") == len(installed)
    assert "--no-index --no-build-isolation" in " ".join(text.split())


@pytest.mark.parametrize("image", DOCKERFILES)
def test_an_image_runs_as_nobody(image: str) -> None:
    """It runs as a number of its own, which has no right to what is in it."""
    assert last(image, "USER") == "10001:10001"
    copied = [one for one in instructions(image) if one.startswith("COPY ")]
    assert [one for one in copied if "--chown" in one] == []


@pytest.mark.parametrize("image", DOCKERFILES)
def test_a_signal_arrives(image: str) -> None:
    """The process itself is what a container begins with: no shell stands before it."""
    command = json.loads(last(image, "ENTRYPOINT"))
    if image in SERVICES:
        assert command == ["python3", "-m", f"calotype_{image}"]
    assert command[0] in {"python3", "calotype"}


@pytest.mark.parametrize("image", DOCKERFILES)
def test_an_image_says_whether_it_is_well(image: str) -> None:
    """It listens where it can be reached, on the port that it names, and asks itself there."""
    environ = dict(re.findall(r"(\w+)=(\S+)", last(image, "ENV")))
    assert environ["CALOTYPE_HOST"] == "0.0.0.0"  # noqa: S104 - in a container
    assert environ["CALOTYPE_PORT"] == last(image, "EXPOSE") == "8080"
    assert environ["PYTHONUNBUFFERED"] == "1"
    command = json.loads(last(image, "HEALTHCHECK").partition(" CMD ")[2])
    assert command == ["python3", "-I", "/opt/calotype/healthcheck.py"]


@pytest.mark.parametrize("image", DOCKERFILES)
def test_any_engine_builds_it(image: str) -> None:
    """The base can be chosen, and nothing asks for a builder or a front end of its own."""
    assert instructions(image)[0] == "ARG BASE_IMAGE=python:3.13-slim"
    text = (ROOT / DOCKERFILES[image]).read_text()
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${BASE_IMAGE}"}
    assert "--mount" not in text
    assert "# syntax" not in text


def test_the_services_images_are_alike() -> None:
    """Who has read one has read all: they differ in names, words, and the processor's scratch."""
    seen = {
        " ".join(
            one.replace(service, "…")
            for one in instructions(service)
            if not one.startswith("LABEL ")
        )
        .replace(" && install -d -o 10001 -g 10001 /scratch", "")
        .replace(" CALOTYPE_SCRATCH_DIR=/scratch", "")
        for service in SERVICES
    }
    assert len(seen) == 1
