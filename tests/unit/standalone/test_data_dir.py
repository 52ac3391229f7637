import os
from pathlib import Path

import pytest

from calotype.data_dir import DataDirError, emptied, free_bytes, held, inbox_within


def test_the_folder_is_made(tmp_path: Path) -> None:
    """A folder that is not there is made, with those above it, and told as an absolute path."""
    with held(tmp_path / "a" / "b") as folder:
        assert folder.is_dir()
        assert folder.is_absolute()


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """While one holds the folder another is refused, and told what to do; then it may have it."""
    with held(tmp_path):
        with (
            pytest.raises(DataDirError, match=r"Another Calotype is using .*CALOTYPE_DATA_DIR"),
            held(tmp_path),
        ):
            pytest.fail("two hold one folder")
        with pytest.raises(DataDirError), held(tmp_path / "x" / ".."):
            pytest.fail("another spelling of the same folder is another folder")
    with held(tmp_path):
        pass


def test_a_folder_is_let_go_after_an_error(tmp_path: Path) -> None:
    """Whatever ends the holder, the folder is free again."""
    with pytest.raises(RuntimeError), held(tmp_path):
        raise RuntimeError
    with held(tmp_path):
        pass


@pytest.mark.parametrize("below", ["file", "file/data"])
def test_what_is_no_folder_is_refused(tmp_path: Path, below: str) -> None:
    """A path that cannot be a folder is named, with the cause and the variable to change."""
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(
            DataDirError, match=r"Cannot use .*file.* \(.+\).*CALOTYPE_DATA_DIR"
        ) as caught,
        held(tmp_path / below),
    ):
        pytest.fail("a file was taken for a folder")
    assert str(tmp_path / below) in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A folder without the right to write is refused before anything is promised."""
    tmp_path.chmod(0o500)
    with pytest.raises(DataDirError, match="Permission denied"), held(tmp_path):
        pytest.fail("an unwritable folder was taken")


def test_a_disk_that_is_full_is_found_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be made durable, the start says so and not the first upload."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataDirError, match="No space left on device"), held(tmp_path):
        pytest.fail("a full disk was taken")


def test_nothing_of_the_proof_stays(tmp_path: Path) -> None:
    """Proving that a folder can be written leaves the lock there, and nothing else."""
    with held(tmp_path):
        assert [one.name for one in tmp_path.iterdir()] == ["lock"]


def test_an_emptied_folder_is_empty(tmp_path: Path) -> None:
    """What an earlier process left is gone, and the folder is there in any case."""
    folder = tmp_path / "scratch"
    assert list(emptied(folder).iterdir()) == []
    (folder / "below").mkdir()
    (folder / "below" / "left").write_bytes(b"1")
    assert emptied(folder) == folder
    assert list(folder.iterdir()) == []


def test_free_bytes_are_told(tmp_path: Path) -> None:
    """A folder's disk has a number of free bytes."""
    assert free_bytes(tmp_path) >= 0


@pytest.mark.parametrize("chosen", [".", "..", "objects", "objects/x", "scratch", "../data"])
def test_a_watched_folder_that_would_empty_ours(tmp_path: Path, chosen: str) -> None:
    """Files of ours are never taken for what somebody dropped."""
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(DataDirError, match="CALOTYPE_INBOX_DIR"):
        inbox_within(folder, folder / chosen)


def test_where_the_watched_folder_is(tmp_path: Path) -> None:
    """It is in the data folder unless it is put elsewhere, which need not exist yet."""
    assert inbox_within(tmp_path, None) == tmp_path / "uploads"
    assert inbox_within(tmp_path / "data", tmp_path / "scans") == tmp_path / "scans"
