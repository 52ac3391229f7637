"""A job's manifest: a line of JSON an image, in the order of the request, whatever it came in as.

An entry is an original in the store, a URL to fetch, or what could not be taken in and why.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from calotype_core.domain.image import Failure, Original


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One image of a job: exactly one of original, url and failure; positions count from 0.

    instructions are canonical JSON, where the image has its own; a failed one may say its url.
    """

    position: int
    filename: str | None = None
    original: Original | None = None
    url: str | None = None
    failure: Failure | None = None
    instructions: str | None = None


_FIELDS = tuple(field.name for field in fields(Entry))
# Made once, and without a copy of each entry: a job has very many.
_encode = json.JSONEncoder(separators=(",", ":"), default=asdict).encode


def manifest_key(job_id: str) -> str:
    """Return where a job's manifest is kept."""
    return f"jobs/{job_id}/manifest.jsonl"


def sheet_key(job_id: str) -> str:
    """Return where it is kept how a job's CSV is to be read."""
    return f"jobs/{job_id}/sheet.json"


def input_key(job_id: str, extension: str) -> str:
    """Return where what a job came in as is kept: csv, zip or json."""
    return f"jobs/{job_id}/input.{extension}"


def dump(entry: Entry) -> bytes:
    """Return the entry's line."""
    told = {name: value for name in _FIELDS if (value := getattr(entry, name)) is not None}
    return _encode(told).encode() + b"\n"


def load(line: bytes) -> Entry:
    """Return the entry that a line holds."""
    told: dict[str, Any] = json.loads(line)
    original, failure = told.pop("original", None), told.pop("failure", None)
    return Entry(
        **told,
        original=Original(**original) if original else None,
        failure=Failure(**failure) if failure else None,
    )
