from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.asking import (
    InvalidCallbackError,
    InvalidInstructionsError,
    MalformedPreferError,
    read_prefer,
)
from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.urls import LONGEST_URL
from calotype_core.errors import MalformedRequestError
from calotype_ingest.asked import (
    LONGEST_KEY,
    Asked,
    read_asked,
    read_idempotency_key,
)
from calotype_ingest.errors import (
    InvalidFocalPointError,
)


def asked(**fields: str) -> Asked:
    return read_asked(fields, {}, CallbackSettings())


def wait(header: str | None) -> float:
    return read_prefer(header, default_seconds=5, longest_seconds=60)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 5),
        ("", 5),
        ("return=minimal", 5),
        ("wait=10", 10),
        ("Wait = 10", 10),
        ('wait="10"', 10),
        ("wait=0", 0),
        ("wait=10; unit=s", 10),
        ("return=minimal, wait=7, handling=lenient", 7),
        (",, wait=7 ,", 7),
        ("wait=61", 60),
        ("wait=0000000000007", 7),
        ("wait=" + "9" * 5000, 60),
        ("wait=3, wait=9", 3),  # RFC 7240, 2: the first instance counts
        ("respond-async", 0),
        ("Respond-Async; reason=x", 0),
        ("return=minimal, respond-async", 0),
        ("respond-async, wait=10", 10),  # asynchronously, if it takes longer than that
        ("wait=10, respond-async", 10),
        ('note="a, wait=1", wait=10', 10),  # a comma in quotes parts nothing
        ('note="\\", wait=1", wait=10', 10),
        ('note="never closed, wait=1', 5),
        ("waiting=1", 5),
    ],
)
def test_a_preference_is_understood(header: str | None, expected: float) -> None:
    """Prefer is a list with parameters; what we do not know of it is ignored."""
    assert wait(header) == expected


@pytest.mark.parametrize(
    "header", ["wait", "wait=", "wait=soon", "wait=-1", "wait=1.5", "wait=1s", 'wait="', "wait=²"]
)
def test_a_wait_that_is_no_number_is_refused(header: str) -> None:
    """A wait that cannot be understood is said, since ignoring it would be guessing."""
    with pytest.raises(MalformedPreferError, match="whole number of seconds"):
        wait(header)


@given(st.text(st.sampled_from('wait=respond-async ,;"\\09'), max_size=40))
def test_any_preference(header: str) -> None:
    """Any header is a wait within the bounds, or malformed."""
    try:
        seconds = wait(header)
    except MalformedPreferError:
        return
    assert 0 <= seconds <= 60


def test_nothing_asked_is_no_wish() -> None:
    """Without fields, or with empty ones, nothing is asked: defaults are taken, nobody called."""
    assert asked() == asked(instructions=" ", callbackUrl="", dryRun="", strict="") == Asked()


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("False", False), ("0", False)])
def test_flags_are_read(text: str, *, meant: bool) -> None:
    """A dry run and leniency are asked for in words."""
    assert asked(dryRun=text).dry_run is meant
    assert asked(strict=text).strict is meant
    with pytest.raises(MalformedRequestError, match="true or false"):
        asked(dryRun="perhaps")


@pytest.mark.parametrize(
    ("text", "accepts"),
    [('{"rotate": 90}', ("webp",)), ('{"accepts": []}', ()), ('{"format": "png"}', None)],
)
def test_an_open_format_is_for_who_asks(text: str, accepts: tuple[str, ...] | None) -> None:
    """What the Accept header names is what auto may choose, where nothing else was said."""
    accept = "text/html, image/webp, */*;q=0.8"
    read = read_asked({"instructions": text}, {}, CallbackSettings(), accept=accept)
    assert read.instructions is not None
    assert [one.output.accepts for one in read.instructions.renditions.values()] == [accepts]
    assert asked(instructions=text).instructions == parse_instructions(text, {})


def test_instructions_are_read() -> None:
    """Instructions that were sent replace the default."""
    text = '{"resize": {"width": 9}}'
    assert asked(instructions=text).instructions == parse_instructions(text, {})


def test_problems_of_instructions_are_passed_on() -> None:
    """Each problem of the instructions is in the error, with its path."""
    with pytest.raises(InvalidInstructionsError) as caught:
        asked(instructions='{"rotate": 361, "quality": 0}')
    assert [one.path for one in caught.value.problems] == ["rotate.degrees", "quality"]
    assert "rotate.degrees: expected" in caught.value.message


@pytest.mark.parametrize("text", ["0.3,0.75", " 0.3 , .75 ", "0.30,0.750"])
def test_a_focal_point_is_read(text: str) -> None:
    """Two parts, parted by a comma, are where the eye should rest."""
    assert asked(focalPoint=text).focal_point == FocalPoint(x=0.3, y=0.75)


@pytest.mark.parametrize(
    "text",
    [
        "0.3",
        "0.3;0.7",
        "1.1,0",
        "-0.1,0",
        "nan,0",
        "1e-1,0",
        "0.3,0.7,0.1",
        "\u0660,\u0660",
        "0," + "0" * 99,
    ],
)
def test_no_focal_point_is_guessed(text: str) -> None:
    """What is no pair of parts is refused, with what was expected."""
    with pytest.raises(InvalidFocalPointError, match="two parts from 0 to 1") as caught:
        asked(focalPoint=text)
    assert [one.path for one in caught.value.problems] == ["focalPoint"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com:8443/hook?a=b#c",
        "HTTPS://EXAMPLE.COM/",
        "https://[2606:4700::1]:80/",
        "https://exämple.com/",
        "https://example.com/" + "a" * (LONGEST_URL - 20),
    ],
)
def test_a_callback_is_taken_as_it_was_written(url: str) -> None:
    """An https URL is kept, to the letter."""
    assert asked(callbackUrl=url).callback_url == url


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "http://example.com/",
        "https://127.0.0.1/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://:443/",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://:secret@example.com/",
        "https://example.com:65536/",
        "https://example.com:0/",
        "https://example.com:http/",
        "https://[::1/",
        "https://example.com/a b",
        " https://example.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com/\0",
        "https://example.com/\ud800",
        "https://example.com/" + "a" * (LONGEST_URL - 19),
    ],
)
def test_what_cannot_be_called_is_refused(url: str) -> None:
    """What is no https URL, is private, or has credentials in it, is named and refused."""
    with pytest.raises(InvalidCallbackError) as caught:
        asked(callbackUrl=url)
    assert [one.path for one in caught.value.problems] == ["callbackUrl"]


def test_what_the_operator_allows_is_taken() -> None:
    """Over http, and to a private network, where the settings say so."""
    settings = CallbackSettings(
        webhook_allow_http=True, webhook_allowed_networks=(ip_network("10.0.0.0/8"),)
    )
    url = "http://10.1.2.3/hook"
    assert read_asked({"callbackUrl": url}, {}, settings).callback_url == url


@given(st.text(max_size=30).map("https://".__add__))
def test_any_callback(url: str) -> None:
    """Any text is taken as it is, left out where it is empty, or refused."""
    try:
        assert asked(callbackUrl=url).callback_url == url
    except InvalidCallbackError:
        return


@pytest.mark.parametrize("key", [None, "a", "8e03978e-40d5-43dd", '"quoted"', "k" * LONGEST_KEY])
def test_an_idempotency_key_is_any_short_text(key: str | None) -> None:
    """A key is taken as it is; none is none."""
    assert read_idempotency_key(key) == key


@pytest.mark.parametrize("key", ["", "k" * (LONGEST_KEY + 1), "a\tb", "a\x7f"])
def test_other_idempotency_keys_are_refused(key: str) -> None:
    """A key that is empty, too long or unprintable is refused."""
    with pytest.raises(MalformedRequestError, match="Idempotency-Key"):
        read_idempotency_key(key)
