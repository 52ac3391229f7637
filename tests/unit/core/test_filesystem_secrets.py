"""What is to be said of secrets that are files."""

import stat
from multiprocessing import get_context
from pathlib import Path

import anyio
import pytest

from calotype_core.adapters.filesystem.secrets import FilesystemSecrets
from calotype_core.errors import Unavailable

pytestmark = pytest.mark.anyio


def keep(folder: Path, candidate: str) -> str:
    """Keep a secret, in whatever process."""
    return anyio.run(FilesystemSecrets(folder).keep, "webhook-secret", candidate)


async def test_a_secret_is_a_file_for_us_alone(tmp_path: Path) -> None:
    """The file holds the secret as a line, nobody else may read it, and nothing lies beside it."""
    folder = tmp_path / "made" / "data"
    await FilesystemSecrets(folder).keep("webhook-secret", "whsec_one")
    [file] = folder.iterdir()
    assert file.name == "webhook-secret"
    assert file.read_text() == "whsec_one\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_agree(tmp_path: Path) -> None:
    """Of several processes that start at once, all go by the secret of the first."""
    with get_context("spawn").Pool(2) as pool:
        given = pool.starmap(keep, [(tmp_path, f"whsec_{number}") for number in range(8)])
    assert len(set(given)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["webhook-secret"]


async def test_a_secret_that_somebody_wrote_is_used(tmp_path: Path) -> None:
    """A file that was put there by hand counts, whatever its line ends with."""
    (tmp_path / "webhook-secret").write_bytes(b"whsec_mine\r\n")
    assert await FilesystemSecrets(tmp_path).keep("webhook-secret", "other") == "whsec_mine"


@pytest.mark.parametrize(("content", "why"), [(b" \n", "is empty"), (b"\xff\xfe", "is no text")])
async def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, why: str) -> None:
    """A file that was emptied or overwritten is told of with what to do, and left as it is."""
    file = tmp_path / "webhook-secret"
    file.write_bytes(content)
    with pytest.raises(Unavailable, match=rf"{file}.*{why}.*remove it"):
        await FilesystemSecrets(tmp_path).keep("webhook-secret", "whsec_new")
    assert file.read_bytes() == content


async def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """What stands in the file's place is told of, with its path."""
    (tmp_path / "webhook-secret").mkdir()
    with pytest.raises(Unavailable, match=r"webhook-secret cannot be read \(Is a directory\)"):
        await FilesystemSecrets(tmp_path).keep("webhook-secret", "whsec_new")


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where there can be no folder, its path is told."""
    (tmp_path / "data").write_text("")
    with pytest.raises(Unavailable, match=rf"The folder {tmp_path / 'data'} cannot be used"):
        await FilesystemSecrets(tmp_path / "data").keep("webhook-secret", "whsec_new")
