"""Events on the wire: what goes in comes out, and nothing else gets in."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core import codec
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event, ImageFailed, JobFinished
from calotype_core.domain.image import Failure
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.domain.instructions_parser import (
    MAX_RENDITIONS,
    MAX_STEPS,
    parse_instructions,
    parse_presets,
)
from calotype_core.domain.operations import GRAVITIES, LONGEST_SIDE, OPERATIONS, Crop, Output
from calotype_core.domain.problems import ProblemsError
from calotype_core.ports.event_log import Message
from calotype_core.topology import DEAD_LETTERS, route_of
from calotype_core.wire import events_pb2 as pb
from tests import strategies

NOW = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)
FINISHED = JobFinished(job_id="job-1", completed=2, failed=1, finished_at=NOW)


def message(kind: str, value: bytes) -> Message:
    return Message(topic="t", key="k", value=value, headers={"ce_type": kind})


@pytest.mark.parametrize("kind", strategies.EVENTS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=50)
def test_every_event_comes_back(kind: type[Event], data: st.DataObject) -> None:
    """What was encoded is decoded to an equal value of the same type, to the microsecond."""
    event = data.draw(strategies.EVENTS[kind])
    decoded = codec.decode(codec.encode(event, now=NOW))
    assert decoded == event
    assert type(decoded) is kind


def test_every_event_has_a_form_and_a_strategy() -> None:
    """No event of the domain can be forgotten here."""
    kinds = {kind for kind in get_args(Event) if isinstance(kind, type)}
    assert kinds == set(codec.FORMS) == set(strategies.EVENTS)


@given(strategies.dead_letters)
def test_dead_letters_come_back(letter: DeadLetter) -> None:
    """A dead letter keeps the original message byte for byte, its headers too."""
    encoded = codec.encode_dead_letter(letter)
    assert codec.decode_dead_letter(encoded) == letter
    assert (encoded.topic, encoded.key) == (DEAD_LETTERS, letter.key)


@given(strategies.instructions)
def test_canonical_instructions_come_back(instructions: Instructions) -> None:
    """The canonical form is read as an equal value, in the same order."""
    parsed = parse_instructions(instructions.canonical(), presets={})
    assert parsed == instructions
    assert parsed.canonical() == instructions.canonical()


def test_strategies_cover_every_operation() -> None:
    """A new operation must be tried on the wire too."""
    assert set(strategies.STEPS) == set(OPERATIONS)


def test_longest_instructions_come_back() -> None:
    """The most that is accepted is, spelled out, still within the parser's bounds."""
    widest = Crop(width=LONGEST_SIDE, height=LONGEST_SIDE, gravity=max(GRAVITIES, key=len))  # type: ignore[arg-type]  # GRAVITIES are Gravity's own words
    recipe = Recipe(steps=(widest,) * MAX_STEPS, output=Output(format="webp", quality=100))
    names = [f"{number:064}" for number in range(MAX_RENDITIONS)]
    longest = Instructions(renditions=dict.fromkeys(names, recipe))
    assert parse_instructions(longest.canonical(), presets={}) == longest


def test_presets_cannot_add_up_to_what_nobody_can_decode() -> None:
    """Steps of a preset count too: what is accepted can be read back from the log."""
    presets = parse_presets('{"many": [' + ", ".join(['{"rotate": 90}'] * MAX_STEPS) + "]}")
    with pytest.raises(ProblemsError, match=f"at most {MAX_STEPS} steps"):
        parse_instructions('{"preset": "many", "flip": "both"}', presets)


def test_headers_are_cloud_events() -> None:
    """The headers are CloudEvents' required attributes, the time, and the content type."""
    encoded = codec.encode(FINISHED, now=NOW.astimezone(timezone(timedelta(hours=2))))
    assert encoded.headers == {
        "ce_specversion": "1.0",
        "ce_id": "job-1.job-finished.1",
        "ce_type": "calotype.JobFinished.v1",
        "ce_source": "/calotype/query",
        "ce_time": "2026-03-01T12:30:00.250000Z",
        "content-type": "application/protobuf",
    }


@given(strategies.any_event)
@settings(max_examples=30)
def test_messages_go_where_the_topology_says(event: Event) -> None:
    """Topic and key are the map's; the same event again has the same id and bytes."""
    one, two = (codec.encode(event, now=at) for at in (NOW, NOW + timedelta(days=1)))
    route = route_of(event)
    assert (one.topic, one.key) == (route.topic, route.key(event))
    assert (one.value, one.headers["ce_id"]) == (two.value, two.headers["ce_id"])


def test_fields_of_a_newer_version_are_ignored() -> None:
    """A message with a field that this version does not know is decoded without it."""
    encoded = codec.encode(FINISHED, now=NOW)
    # Field 1000, length-delimited, "new".
    newer = replace(encoded, value=encoded.value + bytes.fromhex("c23e03") + b"new")
    assert codec.decode(newer) == FINISHED


@given(
    kind=st.sampled_from([codec.type_of(kind) for kind in codec.FORMS]),
    value=st.binary(max_size=300),
)
@settings(max_examples=300)
def test_garbage_is_undecodable(kind: str, value: bytes) -> None:
    """Arbitrary bytes are an UndecodableError or, should they be one, an event: nothing else."""
    try:
        event = codec.decode(message(kind, value))
    except codec.UndecodableError:
        return
    assert codec.type_of(type(event)) == kind


@given(event=strategies.any_event, data=st.data())
@settings(max_examples=200)
def test_damage_is_undecodable_or_seen(event: Event, data: st.DataObject) -> None:
    """A flipped byte or a lost end never raises anything but UndecodableError."""
    encoded = codec.encode(event, now=NOW)
    at = data.draw(st.integers(0, len(encoded.value) - 1))
    other = data.draw(st.integers(0, 255))
    damaged = encoded.value[:at] + bytes([other]) + encoded.value[at + 1 :]
    for value in (damaged, encoded.value[:at]):
        try:
            codec.decode(replace(encoded, value=value))
        except codec.UndecodableError:
            continue


@pytest.mark.parametrize("kind", codec.FORMS, ids=lambda kind: kind.__name__)
def test_nothing_is_no_event(kind: type[Event]) -> None:
    """Empty bytes, a whole message to Protobuf, are refused: an event has an id and a time."""
    with pytest.raises(codec.UndecodableError, match="is missing"):
        codec.decode(message(codec.type_of(kind), b""))


@pytest.mark.parametrize("kind", ["", "calotype.JobFinished.v2", "x" * 1000])
def test_unknown_types_are_undecodable(kind: str) -> None:
    """A type that this version does not know is refused by a short message, not guessed at."""
    with pytest.raises(codec.UndecodableError) as caught:
        codec.decode(message(kind, codec.encode(FINISHED, now=NOW).value))
    assert len(caught.value.message) < 150
    assert (caught.value.code, caught.value.retry) == ("undecodable_event", False)


def test_both_sources_at_once_are_undecodable() -> None:
    """An image with an original and a URL breaks the domain's rule, and so is no event."""
    value = pb.ImageAccepted(
        image_id="image-1",
        original=pb.Original(key="originals/image-1"),
        url="https://example.com/a.png",
        instructions='{"renditions":[{"name":"main"}]}',
        accepted_at=NOW,
    ).SerializeToString()
    with pytest.raises(codec.UndecodableError, match="one source"):
        codec.decode(message("calotype.ImageAccepted.v1", value))


def test_a_dead_letter_exists_once() -> None:
    """Giving the same message up twice is the same letter, whenever and however often it died."""
    failed = ImageFailed(
        image_id="image-1",
        failure=Failure(code="engine_died", message="Out of memory."),
        accepted_at=NOW,
        failed_at=NOW,
    )
    original = codec.encode(failed, now=NOW)
    first = DeadLetter(
        topic=original.topic,
        key=original.key,
        headers=original.headers,
        value=original.value,
        service="query",
        cause=Failure(code="handler_failed", message=""),
        attempts=3,
        died_at=NOW,
    )
    again = replace(first, attempts=4, died_at=NOW + timedelta(hours=1))
    ids = {codec.encode_dead_letter(one).headers["ce_id"] for one in (first, again)}
    assert ids == {"image-1.failed.1.died.query"}
    assert codec.decode(first) == failed


def test_a_dead_letter_without_headers_has_an_id() -> None:
    """A message that never was an event is known by its bytes."""
    letter = DeadLetter(
        topic="calotype.images.accepted",
        key="",
        headers={},
        value=b"\xff garbage",
        service="processor",
        cause=Failure(code="undecodable_event", message="no event"),
        attempts=1,
        died_at=NOW,
    )
    assert re.fullmatch(
        r"[0-9a-f]{64}\.died\.processor", codec.encode_dead_letter(letter).headers["ce_id"]
    )
