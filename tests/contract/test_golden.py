"""What a released version wrote is read for ever."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from calotype_core import codec
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event
from calotype_core.ports.event_log import Message
from tests.contract import cases, golden

RECORDINGS = sorted(golden.FOLDER.glob("*.bin"))
LETTER_TYPE = codec.type_of(DeadLetter)


def beside(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.with_suffix(".bin.json").read_text())
    return document


def as_far_as(recorded: object, decoded: object) -> object:
    """Leave out of decoded the fields that recorded does not know."""
    if isinstance(recorded, dict) and isinstance(decoded, Mapping):
        return {key: as_far_as(recorded[key], decoded[key]) for key in recorded if key in decoded}
    if isinstance(recorded, list) and isinstance(decoded, list) and len(recorded) == len(decoded):
        return [as_far_as(one, other) for one, other in zip(recorded, decoded, strict=True)]
    return decoded


def read(path: Path) -> Event | DeadLetter:
    told = beside(path)
    message = Message(
        topic=told["topic"], key=told["key"], value=path.read_bytes(), headers=told["headers"]
    )
    if told["headers"]["ce_type"] == LETTER_TYPE:
        return codec.decode_dead_letter(message)
    return codec.decode(message)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_decode_for_ever(path: Path) -> None:
    """Every recording is decoded to the value beside it; fields may have been added since."""
    recorded = beside(path)["value"]
    assert as_far_as(recorded, golden.described(read(path))) == recorded


def test_every_event_is_recorded() -> None:
    """An event type without a recording could change unseen."""
    recorded = {beside(path)["headers"]["ce_type"] for path in RECORDINGS}
    kinds = [kind for kind in get_args(Event) if isinstance(kind, type)]
    assert {codec.type_of(kind) for kind in kinds} | {LETTER_TYPE} <= recorded


def test_every_case_is_recorded_as_it_is_written() -> None:
    """Today's code reads the recorded cases as the values they were made from."""
    for name, event in cases.CASES.items():
        assert read(golden.FOLDER / f"{name}.bin") == event
    assert read(golden.FOLDER / "dead-letter.full.bin") == cases.LETTER
