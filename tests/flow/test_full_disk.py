"""A full disk is said clearly at the start and with a 507 later, and costs no promise."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.faults.checker import check_on_disk, check_over_http
from tests.faults.promised import Promised
from tests.flow.clumsy import kept, problem, settled
from tests.photographs import photograph
from tests.running import Calotype

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="full disks are made on Linux")

DISK_BYTES = 24 * 1024 * 1024
LATER = {"Prefer": "respond-async"}


@dataclass(frozen=True)
class Disk:
    """A small disk of its own, and a ballast in it."""

    path: Path

    @property
    def ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self, *, but: int = 0) -> None:
        """Leave so many bytes free, rounded down to whole pages."""
        self.ballast.unlink(missing_ok=True)
        state = os.statvfs(self.path)
        with suppress(OSError), self.ballast.open("wb", buffering=0) as file:
            # The product may write meanwhile, so that there is no room for the last of it.
            file.write(bytes(max(0, state.f_bavail * state.f_frsize - but)))

    def free(self) -> None:
        self.ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Yield a disk, where this user may mount one; elsewhere the limited files below must do."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - where it is, it is


@contextmanager
def running(folder: Path) -> Iterator[tuple[Calotype, httpx.Client]]:
    calotype = Calotype(data_dir=folder / "data")
    calotype.start()
    try:
        with calotype.client() as client:
            yield calotype, client
    except BaseException:
        calotype.kill()
        raise
    assert "an error of ours" not in calotype.log()
    assert calotype.stop() == 0, calotype.log()


def promise(client: httpx.Client, *, seed: int) -> str:
    answer = client.post("/upload", content=photograph(1200, 900, seed=seed), headers=LATER)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["imageId"])


def test_starting_on_a_full_disk(disk: Disk) -> None:
    """A start without room says that there is none, and which folder it is about."""
    for room in (0, 100_000):
        disk.fill(but=room)
        done = subprocess.run(
            [sys.executable, "-m", "calotype", "serve", "--port=0", f"--data-dir={disk.path}/data"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert done.stderr.startswith(f"calotype: Cannot use {disk.path}/data as the data folder")
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr


def test_uploads_to_a_full_disk(disk: Disk) -> None:
    """An upload without room gets 507 and leaves nothing; reads go on; then uploads do, too."""
    photo = photograph(1200, 900)
    with running(disk.path) as (calotype, client):
        done = client.post("/upload", content=photo).json()
        disk.fill()
        before = kept(calotype)
        for sent in (
            {"content": photo},
            {"files": {"file": photo}},
            {"files": [("file", photo)] * 3},
        ):
            told = problem(client.post("/upload", **sent), 507, "store_full")
            assert told["retry"] is True
            assert "free some room" in told["detail"]
        assert kept(calotype) == before
        assert client.get(done["url"]).status_code == 200
        assert client.get("/healthz").status_code == 200
        assert "full" in client.get("/readyz").text
        disk.free()
        assert client.post("/upload", content=photo).status_code == 200


def test_promises_outlast_a_full_disk(disk: Disk) -> None:
    """What was promised before the disk was full waits, and is kept once there is room."""
    promised, more = Promised(), 0
    with running(disk.path) as (_, client):
        settled(client, promise(client, seed=100))  # the database has its files
        # Room for each original, and for ever less of what is made of it.
        for room in (400_000, 320_000, 280_000, 240_000, 200_000, 160_000):
            disk.fill(but=room)
            photo = photograph(1200, 900, seed=more)
            promised.note(client.post("/upload", content=photo, headers=LATER), [photo])
            threading.Event().wait(1)  # longer than three attempts would take
            more += 1
        states = {client.get(f"/status/{one}").json()["status"] for one in promised.images}
        assert "failed" not in states
        assert "processing" in states, "or nothing had to wait"
        disk.free()
        for image_id in promised.images:
            assert settled(client, image_id)["status"] == "completed"
        check_over_http(client, promised)
        for image_id in [promise(client, seed=more), promise(client, seed=more + 1)]:
            promised.images[image_id] = ""
            assert settled(client, image_id)["status"] == "completed"
    asyncio.run(check_on_disk(disk.path / "data", promised))


def test_killed_on_a_full_disk(disk: Disk) -> None:
    """A promise outlasts a full disk and a kill in the middle of it."""
    calotype = Calotype(data_dir=disk.path / "data")
    calotype.start()
    with calotype.client() as client:
        settled(client, promise(client, seed=0))
        disk.fill(but=250_000)
        image_id = promise(client, seed=1)
    calotype.kill()
    disk.free()
    with running(disk.path) as (_, client):
        assert settled(client, image_id)["status"] == "completed"


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """Where the system lets no file grow, as a quota may, uploads are refused and none is lost."""
    resource = pytest.importorskip("resource")
    with running(tmp_path) as (calotype, client):
        assert calotype.process is not None
        image_ids = [promise(client, seed=seed) for seed in range(3)]
        largest = resource.prlimit(calotype.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(calotype.process.pid, resource.RLIMIT_FSIZE, (20_000, largest[1]))
        before = kept(calotype)
        answer = client.post("/upload", content=photograph(1200, 900))
        assert problem(answer, answer.status_code, answer.json()["code"])["retry"] is True
        assert answer.status_code in {503, 507}
        assert kept(calotype) == before
        assert client.get("/healthz").status_code == 200
        resource.prlimit(calotype.process.pid, resource.RLIMIT_FSIZE, largest)
        for image_id in [*image_ids, promise(client, seed=9)]:
            assert settled(client, image_id)["status"] == "completed"
