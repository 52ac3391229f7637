"""Keys as paths: a segment is a name, its first dot and every % spelt as %2E and %25.

So no object is hidden, none can be called .partial, and what else lies in the folders (.DS_Store,
say) is no object. All other characters stand as they are, for whoever looks into the folder.
"""

from collections.abc import Iterable
from pathlib import Path

from calotype_core.ports.object_store import InvalidKeyError, check_key

MAX_NAME_BYTES = 255


def path_of(root: Path, key: str) -> Path:
    """Return where the key's object is; raises InvalidKeyError."""
    return root.joinpath(*(_name_of(segment) for segment in check_key(key).split("/")))


def folder_of(root: Path, prefix: str) -> Path | None:
    """Return the folder that holds every key which begins with prefix, None where no key can."""
    folder = prefix.rpartition("/")[0]
    try:
        return path_of(root, folder) if folder else root
    except InvalidKeyError:
        return None


def key_of(names: Iterable[str]) -> str | None:
    """Return the key whose path these names are, or None where they are not the path of any."""
    segments = [name.replace("%2E", ".").replace("%25", "%") for name in names]
    try:
        same = [_name_of(segment) for segment in check_key("/".join(segments)).split("/")]
    except InvalidKeyError:
        return None
    return "/".join(segments) if same == list(names) else None


def _name_of(segment: str) -> str:
    name = segment.replace("%", "%25")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidKeyError(
            f"The name {segment[:40]!r}… is over {MAX_NAME_BYTES} bytes, more than a folder takes: "
            "shorten it."
        )
    return name
