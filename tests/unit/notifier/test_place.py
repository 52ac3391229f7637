"""Event ids: where in the log to go on from."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core import topology
from calotype_notifier.place import LANES, MalformedEventIdError, Place, parse_place, place_of
from tests.unit.notifier.audience import FINISHED, NOW, record_of

PLACES = st.builds(
    Place,
    at_ms=st.integers(0, 253_402_300_799_999),
    lane=st.sampled_from("bijrt"),
    partition=st.integers(0, 999_999),
    offset=st.integers(0, 2**63 - 1),
)


def test_every_topic_that_is_followed_is_a_lane() -> None:
    """Each topic that the notifier follows has a letter of its own."""
    assert set(LANES) == set(topology.topics_tailed_by(topology.NOTIFIER))
    assert len(set(LANES.values())) == len(LANES)


@given(PLACES)
def test_there_and_back(place: Place) -> None:
    """An id is read as the place that it was made of."""
    assert parse_place(str(place)) == place


def test_an_event_has_one_id() -> None:
    """The id follows from the log alone: its time and place, the same at every replica."""
    assert str(place_of(record_of(FINISHED, 7, NOW, partition=3))) == "1767225600000-j3-7"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "1-b0",
        "1-b0-",
        "1-x0-1",
        "01-b0-1",
        "1-b00-1",
        "1-b0-01",
        "-1-b0-1",
        "1-b0-1 ",
        " 1-b0-1",
        "1-b0-1\n",
        "1-B0-1",
        "1-b0-1-2",
        "\u0661-b0-1",
        "999999999999999-b0-1",
        "1-b0-" + "9" * 40,
        "x" * 100_000,
        "\ud800",
        "1-b0-1\x00",
    ],
)
def test_what_is_no_id(text: str) -> None:
    """Whatever is no id is refused with what to send, quoted and cut short."""
    with pytest.raises(MalformedEventIdError, match="the last one that you were told") as caught:
        parse_place(text)
    assert len(caught.value.message) < 500
    assert caught.value.message.isprintable()


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    """Any text is an id in its one spelling, or malformed."""
    with suppress(MalformedEventIdError):
        assert str(parse_place(text)) == text


@pytest.mark.parametrize(
    ("other", "follows"),
    [
        ("10000-b0-6", True),
        ("10000-b0-5", False),
        ("90000-b0-4", False),
        ("10000-b1-1", True),
        ("5000-b1-1", True),
        ("4999-b1-1", False),
        ("10000-i0-1", True),
    ],
)
def test_what_follows(other: str, *, follows: bool) -> None:
    """Within a partition offsets decide; across them time does, with a margin of seconds."""
    assert parse_place("10000-b0-5").is_followed_by(parse_place(other)) is follows
