"""The watched folder of the running product: a file in it becomes an image, whatever its name."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.flow.clumsy import LONGEST_WAIT, problem
from tests.photographs import photograph
from tests.running import Calotype

LIMIT = 500_000
UNKNOWN = {"message": "Image details not found for the given image identifier."}

NAMES = (
    "plain.jpg",
    "a photo, später.jpg",
    "2026/märz/1+1=2 & 100%25.jpg",
    "Урок ☕ 写真 #3?.jpg",
    "no extension",
)
BAD = {
    "text.jpg": (b"no image\n" * 99, "unsupported_format"),
    "empty.jpg": (b"", "empty_file"),
    "half.jpg": (photograph(320, 240)[:-2000], "image_truncated"),
}


@pytest.fixture(scope="module")
def calotype(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calotype]:
    """Yield a running product that takes small images."""
    folder = tmp_path_factory.mktemp("calotype")
    running = Calotype(data_dir=folder / "data", environ={"CALOTYPE_UPLOAD_MAX_BYTES": str(LIMIT)})
    running.start()
    yield running
    assert "an error of ours" not in running.log()
    if running.process is not None:
        assert running.stop() == 0, running.log()


@pytest.fixture
def inbox(calotype: Calotype) -> Path:
    return calotype.data_dir / "uploads"


def drop(inbox: Path, name: str, data: bytes) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def ask(client: httpx.Client, name: str) -> httpx.Response:
    return client.get(f"/images/uploads/{quote(name)}/status")


def soon(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(LONGEST_WAIT * 10):
        if is_so():
            return
        pause.wait(0.1)
    raise AssertionError


def outcome(client: httpx.Client, name: str) -> dict[str, Any]:
    """Return what is known of the newest image of this name, once it is completed or failed."""
    soon(lambda: ask(client, name).json().get("status") in {"completed", "failed"})
    told: dict[str, Any] = ask(client, name).json()
    return told


def images(client: httpx.Client, name: str) -> int:
    every = client.get("/images", params={"limit": 1000}).json()["images"]
    return sum(one.get("filename") == name for one in every)


def test_files_become_images(client: httpx.Client, inbox: Path) -> None:
    """What is dropped into the folder is processed without another call, and taken away."""
    photo = photograph(320, 240)
    assert [ask(client, name).json() for name in NAMES] == [UNKNOWN] * len(NAMES)
    paths = [drop(inbox, name, photo) for name in NAMES]
    for name in NAMES:
        told = outcome(client, name)
        assert (told["status"], told["filename"]) == ("completed", name)
        assert [one["name"] for one in told["renditions"]] == ["optimised", "640x480", "100x100"]
        assert client.get(told["url"]).headers["content-type"] == "image/jpeg"
        assert images(client, name) == 1
    soon(lambda: not any(path.exists() for path in paths))


def test_the_same_name_again(client: httpx.Client, inbox: Path) -> None:
    """A new file under an old name is another image, and the one that its name leads to."""
    drop(inbox, "twice.jpg", photograph(320, 240, seed=1))
    first = outcome(client, "twice.jpg")
    drop(inbox, "twice.jpg", photograph(320, 240, seed=2))
    soon(lambda: images(client, "twice.jpg") == 2)
    second = outcome(client, "twice.jpg")
    assert second["imageId"] > first["imageId"]
    assert second["metadata"]["sha256"] != first["metadata"]["sha256"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_a_file_that_is_slowly_written(client: httpx.Client, inbox: Path) -> None:
    """A copy that pauses half-way is taken when it is whole, and only then."""
    photo = photograph(320, 240, seed=3)
    with (inbox / "slow.jpg").open("wb") as file:
        file.write(photo[:1000])
        file.flush()
        os.fsync(file.fileno())
        # A file that came later and is whole shows that the folder was looked through meanwhile.
        drop(inbox, "meanwhile.jpg", photograph(32, 32))
        outcome(client, "meanwhile.jpg")
        assert ask(client, "slow.jpg").json() == UNKNOWN
        file.write(photo[1000:])
    assert outcome(client, "slow.jpg")["status"] == "completed"
    assert images(client, "slow.jpg") == 1


def test_what_is_renamed_when_it_is_finished(client: httpx.Client, inbox: Path) -> None:
    """Who copies under another name and then renames need not be quick."""
    unfinished = drop(inbox, "camera/1.jpg.part", photograph(320, 240))
    drop(inbox, "after.jpg", photograph(32, 32))
    outcome(client, "after.jpg")
    assert unfinished.exists()
    unfinished.rename(inbox / "camera/1.jpg")
    assert outcome(client, "camera/1.jpg")["status"] == "completed"
    assert ask(client, "camera/1.jpg.part").status_code == 404


def test_what_is_no_image_fails_on_record(client: httpx.Client, inbox: Path) -> None:
    """Nobody waits for an answer, so the status says what was wrong and what to do."""
    paths = [drop(inbox, name, data) for name, (data, _) in BAD.items()]
    for name, (_, code) in BAD.items():
        told = outcome(client, name)
        assert (told["status"], told["failure"]["code"]) == ("failed", code)
        assert told["failure"]["message"].endswith(".")
    soon(lambda: not any(path.exists() for path in paths))


def test_what_is_too_large_stays(calotype: Calotype, client: httpx.Client, inbox: Path) -> None:
    """A file over the limit fails on record and is not thrown away; a raised limit lets it in."""
    big = photograph(320, 240) + bytes(LIMIT)
    path = drop(inbox, "big.jpg", big)
    told = outcome(client, "big.jpg")
    assert (told["status"], told["failure"]["code"]) == ("failed", "image_too_large")
    assert told["original"] == {"sizeBytes": len(big)}
    drop(inbox, "after big.jpg", photograph(32, 32))
    outcome(client, "after big.jpg")
    assert path.exists()
    assert images(client, "big.jpg") == 1, "told once, not in every round"
    assert calotype.stop() == 0
    calotype.environ["CALOTYPE_UPLOAD_MAX_BYTES"] = str(2 * LIMIT)
    calotype.start()
    with calotype.client() as again:
        soon(lambda: ask(again, "big.jpg").json()["status"] == "completed")
    assert not path.exists()


def test_what_came_while_it_was_stopped(calotype: Calotype) -> None:
    """Files that were dropped while nothing ran are found at the next start."""
    assert calotype.stop() == 0
    for number in range(20):
        drop(calotype.data_dir / "uploads", f"night/{number}.jpg", photograph(32, 32, seed=number))
    calotype.start()
    with calotype.client() as client:
        for number in range(20):
            assert outcome(client, f"night/{number}.jpg")["status"] == "completed"
            assert images(client, f"night/{number}.jpg") == 1


def test_killed_between_announcing_and_removing(started: Callable[..., Calotype]) -> None:
    """Files that were being accepted when the process was killed become one image each."""
    calotype = started()
    inbox = calotype.data_dir / "uploads"
    names = [f"{number}.jpg" for number in range(60)]
    for number, name in enumerate(names):
        drop(inbox, name, photograph(64, 64, seed=number))
    soon(lambda: len(list(inbox.iterdir())) < len(names))
    calotype.kill()
    calotype.start()
    with calotype.client() as client:
        for name in names:
            assert outcome(client, name)["status"] == "completed"
        soon(lambda: not list(inbox.iterdir()))
        every = client.get("/images", params={"limit": 1000}).json()["images"]
        assert sorted(one["filename"] for one in every) == sorted(names)


def test_a_folder_elsewhere(started: Callable[..., Calotype], tmp_path: Path) -> None:
    """The watched folder is where the setting says."""
    inbox = tmp_path / "scans"
    with started(CALOTYPE_INBOX_DIR=str(inbox)).client() as client:
        drop(inbox, "a.jpg", photograph(32, 32))
        assert outcome(client, "a.jpg")["status"] == "completed"


def test_no_place_in_a_folder_can_be_signed_for(client: httpx.Client) -> None:
    """Over a folder, who asks for a place to send to is told to send the image itself."""
    problem(client.post("/uploads", json={"filename": "a.jpg"}), 501, "presign_unsupported")
