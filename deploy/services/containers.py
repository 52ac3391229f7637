import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# MinIO's images are gone from the public registries, so it is always built from its source.
IMAGES = {"kafka": "apache/kafka:4.4.0", "mongo": "mongo:8.0"}
_PULL_SECONDS = 180


def available() -> Iterator[str]:
    """Yield the servers whose image the Docker engine has, or can pull in reasonable time."""
    # Elsewhere an engine lives in a virtual machine, whose 127.0.0.1 is another.
    if sys.platform == "linux" and _succeeds("version"):
        for name, image in IMAGES.items():
            if _succeeds("image", "inspect", image) or _succeeds("pull", "--quiet", image):
                yield name


def run(name: str, *, program: str, home: Path, beside: str = "") -> Sequence[str]:
    """Return the command before a program's own arguments: ours, on our network and our files.

    One that runs while the server does, beside it, needs a name for that.
    """
    return (
        *("docker", "run", "--rm", f"--name={_called(home)}{beside}", "--network=host"),
        *(f"--user={os.getuid()}:{os.getgid()}", f"--volume={home}:{home}", f"--workdir={home}"),
        *(f"--entrypoint={program}", IMAGES[name]),
    )


def remove(home: Path) -> None:
    """End the container that its client left behind, if there is one."""
    _succeeds("rm", "--force", _called(home))


def _called(home: Path) -> str:
    """Return a name of its own for each checkout and server."""
    return f"calotype-{home.name}-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"


def _succeeds(*arguments: str) -> bool:
    if not (docker := shutil.which("docker")):
        return False
    try:
        done = subprocess.run(
            [docker, *arguments], capture_output=True, timeout=_PULL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
