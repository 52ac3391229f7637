import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.services import files
from deploy.services.errors import ServicesError

_HERE = Path(__file__).parent
_MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
_SECANTUSDB = "secantusdb==0.7.0b3"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
# Debian keeps daemons where only root looks.
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def kafka_jars() -> Path:
    """Return the folder of the jars that a broker runs on, fetched if this is the first time."""
    pom = _HERE / "pom.xml"

    def fetch(into: Path) -> None:
        program("mvn", "maven")
        where = f"-DoutputDirectory={into}"
        _run(["mvn", "-q", "-B", "-f", str(pom), _COPY, "-DincludeScope=runtime", where])

    return built("kafka", recipe=pom.read_text(), build=fetch)


def minio() -> Path:
    """Return the program, compiled if this is the first time (about 150 s)."""

    def compile_(into: Path) -> None:
        if not shutil.which("go"):
            raise ServicesError("`go` is missing: install Go 1.24 or newer, MinIO is built with it")
        _run(["go", "install", _MINIO], {"GOBIN": str(into), "CGO_ENABLED": "0"})

    return built("minio", recipe=_MINIO, build=compile_) / "minio"


def secantusdb() -> Path:
    """Return the program, in a virtual environment of its own: it is GPL, and we are not."""

    def install(into: Path) -> None:
        _run([sys.executable, "-m", "venv", str(into)])
        _run([f"{into}/bin/python", "-m", "pip", "install", "--quiet", _SECANTUSDB])

    recipe = f"{_SECANTUSDB} {sys.version_info[:2]}"
    return built("secantusdb", recipe=recipe, build=install) / "bin" / "secantusd-py"


def program(name: str, package: str) -> str:
    """Return the path of a program that the system has, or gets from Debian if we may do that."""
    if not (found := shutil.which(name, path=_PATH)):
        if not _may_install():
            raise ServicesError(f"`{name}` is missing: install it (Debian's package: {package})")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], quiet)
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], quiet)
        found = shutil.which(name, path=_PATH)
    return found or name


def gateway() -> None:
    """See to it that nginx is there for who puts it before the services; it is not started."""
    try:
        program("nginx", "nginx")
    except ServicesError as error:
        # Everything but the tests of the gateway works without.
        print(error, file=sys.stderr)


def _may_install() -> bool:
    """Return whether the machine is ours to change: a container, of CI's for instance.

    Where systemd runs it is somebody's, and a package like nginx would start serving there.
    """
    systemd = Path("/run/systemd/system").exists()
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and not systemd


def built(name: str, *, recipe: str, build: Callable[[Path], None]) -> Path:
    """Return the folder that the recipe makes; a build that was cut short is begun again."""
    target = _cache() / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    complete = target / ".complete"
    with files.locked(_cache()):
        if not complete.exists():
            print(f"{name}: fetching and building, once", flush=True)
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            build(target)
            complete.touch()
    return target


def _cache() -> Path:
    """Return where downloads and builds are kept for every checkout of this user."""
    return Path(
        os.environ.get("CALOTYPE_SERVICES_CACHE") or Path.home() / ".cache" / "calotype-services"
    ).absolute()


def _run(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Run it to its end; what it says is for whoever waits, on the error stream."""
    done = subprocess.run(
        argv, env={**os.environ, **(environ or {})}, stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise ServicesError(f"`{' '.join(argv)}` failed with {done.returncode}")
