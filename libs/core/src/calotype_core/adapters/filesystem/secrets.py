import asyncio
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from calotype_core.adapters.filesystem.files import store_errors, sync_folder
from calotype_core.errors import Unavailable
from calotype_core.ports.secrets import Secrets

_MAX_BYTES = 64 * 1024  # of a file that is read as a secret
_OURS_ALONE = 0o600


class FilesystemSecrets(Secrets):
    """Secrets as files, a name each, which nobody but the user that Calotype runs as may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, name: str, candidate: str) -> str:
        """See Secrets. A file that holds no secret is left as it is, and raises Unavailable."""
        return await asyncio.to_thread(self._keep, self._folder / name, candidate)

    def _keep(self, path: Path, candidate: str) -> str:
        with store_errors(str(self._folder)):
            if not path.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                _write_first(path, candidate)
        return _read(path)


def _write_first(path: Path, candidate: str) -> None:
    partial = path.with_name(f"{path.name}.{token_hex(8)}.partial")
    try:
        partial.touch(_OURS_ALONE, exist_ok=False)
        with partial.open("w", encoding="utf-8") as file:
            file.write(f"{candidate}\n")
            file.flush()
            os.fsync(file.fileno())
        # Not a rename: that would take the place of what another process was faster to keep.
        with suppress(FileExistsError):
            os.link(partial, path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            secret = file.read(_MAX_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Unavailable(
            f"The secret in {path} cannot be read ({why}): let the user that Calotype runs as read "
            "it, put back the file that was there, or remove it, and a new secret is made."
        ) from error
    if not secret:
        raise Unavailable(
            f"The file {path} is empty: put back the secret that was in it, or remove it, and a "
            "new one is made."
        )
    return secret
