import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.ids import (
    MalformedIdError,
    arrival_id,
    derive_id,
    make_id,
    parse_id,
    time_of,
)

# RFC 9562, A.6: the example of a UUIDv7.
RFC_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
RFC_TIME = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
RFC_RANDOMNESS = 0xCC3 << 62 | 0x18C4DC0C0C07398F
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS = 253_402_300_799_999  # the last millisecond of the year 9999

moments = st.integers(0, LATEST_MS)
ours = st.builds(make_id, moments, st.integers(0, 2**74 - 1))


def test_the_example_of_the_rfc_is_made() -> None:
    """The time and randomness of RFC 9562's example make its UUID."""
    assert make_id(0x017F22E279B0, RFC_RANDOMNESS) == RFC_ID


def test_the_example_of_the_rfc_tells_its_time() -> None:
    """RFC 9562's example carries the moment that the RFC says."""
    assert time_of(RFC_ID) == RFC_TIME


@given(moments, st.integers(0, 2**80))
def test_an_id_is_a_uuid_of_version_7(unix_ms: int, randomness: int) -> None:
    """Whatever it is made of, an id has the version and the variant of RFC 9562."""
    made = uuid.UUID(make_id(unix_ms, randomness))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


@given(moments, st.integers(0, 2**74 - 1))
def test_an_id_carries_its_time(unix_ms: int, randomness: int) -> None:
    """The time comes back out of an id, to the millisecond."""
    carried = time_of(make_id(unix_ms, randomness)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert carried // timedelta(microseconds=100) / 10 == pytest.approx(unix_ms, abs=0.2)


@given(moments, moments, st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_ids_sort_by_their_time(one: int, other: int, some: int, more: int) -> None:
    """The id of the later millisecond is the greater text."""
    earlier, later = sorted((one, other))
    if earlier < later:
        assert make_id(earlier, some) < make_id(later, more)


@given(ours, st.integers(0, 100_000))
def test_a_derived_id_carries_its_parents_time(parent: str, position: int) -> None:
    """A derived id is one of ours, as old as its parent, and the same each time."""
    derived = derive_id(parent, position)
    assert parse_id(derived) == derived != parent
    assert time_of(derived) == time_of(parent)
    assert derive_id(parent, position) == derived


def test_derived_ids_stay_what_they_were() -> None:
    """Derivation is part of the data: a release that changed it would lose a job's images."""
    assert derive_id(RFC_ID, 0) == "017f22e2-79b0-7675-931d-efe04049020b"
    assert derive_id(RFC_ID, 1) == "017f22e2-79b0-7997-ac18-7d6719b4ee3d"


@given(st.sets(st.integers(0, 10**6), min_size=2, max_size=50))
def test_positions_have_ids_of_their_own(positions: set[int]) -> None:
    """No two positions of a parent share an id."""
    assert len({derive_id(RFC_ID, position) for position in positions}) == len(positions)


ARRIVED = datetime(2026, 3, 1, 12, 30, 45, 123_456, tzinfo=UTC)
keys = st.text(max_size=30)


@given(keys, keys, st.datetimes(timezones=st.just(UTC)))
def test_an_arrivals_id_carries_its_time(key: str, version: str, at: datetime) -> None:
    """What arrived has one of our ids, as old as it is, and the same each time."""
    made = arrival_id(key, version, at)
    assert parse_id(made) == made == arrival_id(key, version, at)
    assert abs(time_of(made) - max(at, EPOCH)) <= timedelta(milliseconds=1)


def test_arrivals_ids_stay_what_they_were() -> None:
    """A release that derived them otherwise would take what waits for something else."""
    assert arrival_id("a photo.jpg", "1", ARRIVED) == "019ca961-3183-767c-b22d-712f0e3101fa"


@given(st.sets(st.tuples(keys, keys), min_size=2, max_size=20))
def test_versions_have_ids_of_their_own(arrived: set[tuple[str, str]]) -> None:
    """No two keys, and no two versions of a key, share an id, whatever is in their names."""
    assert len({arrival_id(key, version, ARRIVED) for key, version in arrived}) == len(arrived)


def test_a_version_that_comes_back_later_is_another() -> None:
    """The same bytes put again under the same key are another image."""
    later = ARRIVED + timedelta(microseconds=1)
    assert arrival_id("a", "1", ARRIVED) != arrival_id("a", "1", later)


def test_names_that_are_no_text_have_ids() -> None:
    """A file's name may have bytes that are no text; it is told from others all the same."""
    assert arrival_id("\udcfc", "1", ARRIVED) != arrival_id("\udcf6", "1", ARRIVED)


@given(ours)
def test_an_id_has_one_spelling(one: str) -> None:
    """Upper case is understood, and becomes the one spelling."""
    assert parse_id(one.upper()) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latest",
        "017f22e279b07cc398c4dc0c0c07398f",  # without hyphens
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",  # version 4
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",  # another variant
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "０17f22e2-79b0-7cc3-98c4-dc0c0c07398f",  # noqa: RUF001 - a full-width digit is the point
        "../../etc/passwd",
        "\0" * 36,
        "ffffffff-ffff-7fff-bfff-ffffffffffff",  # 48 bits of time reach beyond every calendar
    ],
)
def test_other_texts_are_no_ids(text: str) -> None:
    """What is not a UUIDv7 in its usual spelling never was an id."""
    with pytest.raises(MalformedIdError):
        parse_id(text)


@given(st.text(max_size=50))
def test_any_text_is_an_id_or_malformed(text: str) -> None:
    """Parsing raises MalformedIdError and nothing else, and what it takes has a time."""
    try:
        parsed = parse_id(text)
    except MalformedIdError:
        return
    assert time_of(parsed).tzinfo is UTC


def test_the_latest_moment_is_an_id() -> None:
    """The last millisecond that a calendar knows is still a time."""
    assert time_of(parse_id(make_id(LATEST_MS, 0))).year == 9999
    with pytest.raises(MalformedIdError):
        parse_id(make_id(LATEST_MS + 1, 0))
