"""Recordings on disk: bytes, and beside them the headers and the value they must be decoded to."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event
from calotype_core.domain.instructions import Instructions

FOLDER = Path(__file__).parents[2] / "proto" / "golden" / "v1"


def described(value: Event | DeadLetter) -> Mapping[str, Any]:
    """Return the value as plain JSON, every field spelled out under its own name."""
    shown = {
        key: json.loads(one.canonical()) if isinstance(one, Instructions) else one
        for key in asdict(value)
        for one in (getattr(value, key),)
    }
    document: Mapping[str, Any] = json.loads(json.dumps(shown, default=_plain))
    return document


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return asdict(value)  # type: ignore[call-overload]  # whatever else is in an event is a dataclass
