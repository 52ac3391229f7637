from pathlib import Path

import pytest

from calotype_processor.errors import ScratchUnusableError
from calotype_processor.scratch import scratch_folder


def test_a_processor_works_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """Two may work below one folder at a time, and each leaves nothing behind."""
    with scratch_folder(tmp_path) as one, scratch_folder(tmp_path) as other:
        assert one != other
        (one / "print").write_bytes(b"print")
        assert one.parent == other.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_the_killed_left_is_swept(tmp_path: Path) -> None:
    """A folder whose lock nobody holds was a killed process's, and goes."""
    left = tmp_path / "calotype-left"
    left.mkdir()
    (left / "lock").touch()
    with scratch_folder(tmp_path):
        assert not left.exists()


def test_no_folder_for_temporary_files_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be written to, the variable to set is named; a read-only root is one."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    with pytest.raises(ScratchUnusableError, match="CALOTYPE_SCRATCH_DIR"), scratch_folder(None):
        pass
