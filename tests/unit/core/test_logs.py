"""Logs: whole for machines, readable for people, and silent about secrets."""

import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider

from calotype_core import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    logs.configure("json", "info", service="ingest", stream=stream)
    return stream


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_event_and_service(out: io.StringIO) -> None:
    """One line an event: RFC 3339 in UTC first, then level, event, logger, and what was given."""
    logs.get_logger("calotype.ingest").info("stored", key="originals/1", size_bytes=3)
    (line,) = lines(out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "event": "stored",
        "logger": "calotype.ingest",
        "key": "originals/1",
        "size_bytes": 3,
        "service": "ingest",
    }
    assert out.getvalue().startswith('{"time": ')


def test_bound_ids_are_on_every_line_within(out: io.StringIO) -> None:
    """bound() adds ids, also to the libraries' lines, leaves out None, and ends with its block."""
    with logs.bound(image_id="image-1", job_id=None, service="query"):
        logs.get_logger("ours").info("within")
        logging.getLogger("theirs").info("within")
    logs.get_logger("ours").info("after")
    ours, theirs, after = lines(out)
    for line in (ours, theirs):
        assert (line["image_id"], line["service"]) == ("image-1", "query")
        assert "job_id" not in line
    assert "image_id" not in after
    assert after["service"] == "ingest"


def test_lines_carry_the_current_trace(out: io.StringIO) -> None:
    """Within a span its ids stand in the line; outside there are none."""
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("work") as span:
        logs.get_logger("ours").info("within")
    logs.get_logger("ours").info("without")
    within, without = lines(out)
    context = span.get_span_context()
    assert within["trace_id"] == f"{context.trace_id:032x}"
    assert within["span_id"] == f"{context.span_id:016x}"
    assert "trace_id" not in without


def test_libraries_and_warnings_go_the_same_way(out: io.StringIO) -> None:
    """The standard library's loggers and warnings come out as lines of the same form."""
    logging.getLogger("litestar").info("Started %s", "server")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("careful", UserWarning, stacklevel=1)
    started, careful = lines(out)
    assert (started["event"], started["logger"]) == ("Started server", "litestar")
    assert (careful["level"], careful["logger"]) == ("warning", "py.warnings")
    assert "careful" in careful["event"]


def test_what_a_library_repeats_is_said_once(out: io.StringIO) -> None:
    """A client that looks for its servers many times a second says so once in a while."""
    for port in range(100):
        logging.getLogger("aiokafka").error("Unable connect to %s", port)
        logging.getLogger("aiokafka.consumer").error("Failed fetch from %s", port)
        logging.getLogger("calotype").error("ours %s", port)
    assert len(lines(out)) == 1 + 1 + 100


def test_the_level_holds(out: io.StringIO) -> None:
    """What is below the level is not written, by ours or by theirs."""
    logs.get_logger("ours").debug("no")
    logging.getLogger("theirs").debug("no")
    assert out.getvalue() == ""


def test_an_exception_is_one_line(out: io.StringIO) -> None:
    """A traceback is a value of its line, so that a line stays an event."""
    broken = ValueError("https://user:pass@example.com/a?token=1")
    logs.get_logger("ours").error("broke", exc_info=broken)
    (line,) = lines(out)
    assert line["level"] == "error"
    assert "ValueError: https://example.com/a" in line["exception"]
    assert "pass" not in out.getvalue()
    assert "token" not in out.getvalue()


@pytest.mark.parametrize(
    "key",
    [
        "authorization",
        "Proxy-Authorization",
        "Cookie",
        "set-cookie",
        "client_secret",
        "accessToken",
        "password",
        "webhook-signature",
        "private_key",
        "apiKey",
        "X-Api-Key",
        "secret_access_key",
        "GPSInfo",
        "gps_latitude",
        "longitude",
    ],
)
@pytest.mark.parametrize("value", ["hush", b"hush", 5, ["hush"], {"a": "hush"}])
def test_secrets_are_hidden_wherever_they_stand(key: str, value: object) -> None:
    """A key that names a secret or a place hides its value, at the top and within."""
    assert logs.redact(key, value) == logs.HIDDEN
    assert logs.redact("headers", [{"deep": {key: value}}]) == [{"deep": {key: logs.HIDDEN}}]


@pytest.mark.parametrize("key", ["key", "manifest_key", "filename", "image_id", "design"])
def test_ordinary_values_are_shown(key: str) -> None:
    """Keys in the store and ids are what logs are for."""
    assert logs.redact(key, "originals/1") == "originals/1"
    assert logs.redact(key, None) is None


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("callback_url", "https://u:p@example.com:8/a/b?sig=x#y", "https://example.com:8/a/b"),
        ("url", "/image/1?expires=5&sig=abc", "/image/1"),
        ("url", "https://[broken?sig=x", logs.HIDDEN),
        ("event", "HTTP Request: GET http://e.c/a?sig=x 200", "HTTP Request: GET http://e.c/a 200"),
        ("event", '1.2.3.4 - "GET /a?sig=x HTTP/1.1" 200', '1.2.3.4 - "GET /a HTTP/1.1" 200'),
        ("event", "mongodb://user:pass@host/db", "mongodb://host/db"),
        ("detail", "sent Authorization: Bearer abc.def", f"sent Authorization: {logs.HIDDEN}"),
        ("detail", "key whsec_c2VjcmV0 is short", f"key {logs.HIDDEN} is short"),
    ],
)  # fmt: skip
def test_urls_lose_their_secrets(key: str, text: str, shown: str) -> None:
    """Users, passwords and queries go from URLs; signatures and tokens from free text."""
    assert logs.redact(key, text) == shown


def test_nothing_is_endless() -> None:
    """Long texts, long lists, deep nesting and bytes are cut, and say by how much."""
    assert logs.redact("text", "x" * 10_000) == "x" * logs.LONGEST_TEXT + "… (10000 characters)"
    assert logs.redact("bytes", b"x" * 10_000) == "[10000 bytes]"
    assert logs.redact("items", list(range(60))) == [*range(logs.MOST_ITEMS), "10 more"]
    many = logs.redact("pairs", {str(one): one for one in range(60)})
    assert isinstance(many, dict)
    assert many["…"] == 10
    assert logs.redact("deep", [[[[[1, 2, 3]]]]]) == [[[["[3 items]"]]]]


@given(st.text())
def test_a_name_cannot_forge_a_line(name: str) -> None:
    """No control character of a value reaches the output: no new line, no terminal escape."""
    shown = logs.redact("filename", name)
    assert isinstance(shown, str)
    assert len(shown.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", shown)


def test_people_get_colours_and_the_same_discretion() -> None:
    """A terminal gets lines for a person, with the same redaction."""
    terminal = Terminal()
    logs.configure("auto", "info", stream=terminal)
    logs.get_logger("ours").info("stored", token="hush", filename="\x1b[2Ja")  # noqa: S106 - this one is not
    text = terminal.getvalue()
    assert "stored" in text
    assert "hush" not in text
    assert "\x1b[2J" not in text
    assert "\x1b[" in text
    assert not text.startswith("{")


def test_auto_is_json_elsewhere() -> None:
    """Where nobody sits before the stream, auto writes JSON lines."""
    out = io.StringIO()
    logs.configure("auto", "info", stream=out)
    logs.get_logger("ours").info("stored")
    assert lines(out)[0]["event"] == "stored"


def test_configuring_again_replaces(out: io.StringIO) -> None:
    """A second configure writes each line once, to the new stream."""
    other = io.StringIO()
    logs.configure("json", "info", stream=other)
    logs.get_logger("ours").info("stored")
    assert out.getvalue() == ""
    assert len(lines(other)) == 1
