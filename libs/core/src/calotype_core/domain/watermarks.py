"""What stored watermarks are called, in instructions and in the store.

A reference is a name (logo.png), which somebody may put other bytes under; or, as the canonical
form has it, a name and the beginning of its bytes' SHA-256 (logo.png@0123456789abcdef), which names
the same bytes for ever; or the id of an image that is here, whose original is meant.
"""

import re

from calotype_core.domain.ids import MalformedIdError, parse_id

PREFIX = "watermarks/"
ORIGINALS = "originals/"
SHA_CHARS = 16
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA = re.compile(rf"[0-9a-f]{{{SHA_CHARS}}}")

NAME_WORDS = "a name of 1 to 64 letters, digits, dots, hyphens and underscores, and no image's id"


def is_name(text: str) -> bool:
    """Tell whether a watermark can be stored under this name."""
    return _NAME.fullmatch(text) is not None and not _is_id(text)


def is_reference(text: str) -> bool:
    """Tell whether the text can mean a watermark, or an image that is one."""
    name, at, sha = text.partition("@")
    known = _NAME.fullmatch(name) is not None
    return known and (not at or _SHA.fullmatch(sha) is not None)


def is_pinned(reference: str) -> bool:
    """Tell whether the reference means the same bytes for ever."""
    return "@" in reference


def image_of(reference: str) -> str | None:
    """Return the id of the image that is meant; None where it is a stored watermark."""
    name = reference.partition("@")[0]
    return parse_id(name) if _is_id(name) else None


def pin(name: str, sha256: str) -> str:
    """Return the reference to these very bytes under a name."""
    return f"{name}@{sha256[:SHA_CHARS]}"


def key_of(reference: str) -> str:
    """Return where the bytes of a pinned reference, or of an image, are kept."""
    image_id = image_of(reference)
    if image_id is None:
        return f"{PREFIX}{reference}"
    sha = reference.partition("@")[2]
    return f"{ORIGINALS}{image_id}/{sha}" if sha else f"{ORIGINALS}{image_id}"


def current_key(name: str) -> str:
    """Return where it is kept which bytes a name stands for now."""
    return f"{PREFIX}{name}"


def _is_id(text: str) -> bool:
    try:
        parse_id(text)
    except MalformedIdError:
        return False
    return True
