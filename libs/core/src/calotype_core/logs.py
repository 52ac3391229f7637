"""Logs: one line an event, with the ids to follow it by, and never a secret.

Everything goes through one chain, the libraries' own loggers and Python's warnings too: JSON lines
where machines read, colours where a person does. What others sent us (names, URLs, messages) is cut
to length, and cannot forge a line or move a terminal's cursor.
"""

import logging
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Literal, TextIO
from urllib.parse import urlsplit, urlunsplit

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "json", "console"]

LONGEST_TEXT = 2_000  # characters of one value
LONGEST_TRACEBACK = 16_000  # characters
MOST_ITEMS = 50  # of a list or an object
DEEPEST = 4  # lists and objects within one another
HIDDEN = "[hidden]"

_SECRET = re.compile(
    r"authori[sz]ation|cookie|secret|token|passw|passphrase|signature|credential"
    r"|(api|access|private|signing|encryption)[-_]?key|key[-_]?material"
    r"|gps|latitude|longitude",
    re.IGNORECASE,
)
_URL_KEY = re.compile(r"(^|[_.-])(url|uri|href|link|endpoint|referer)s?$", re.IGNORECASE)
_URL_IN_TEXT = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]+", re.IGNORECASE)
_SECRET_IN_TEXT = re.compile(r"\bbearer\s+[^\s\"',]+|\bwhsec_[^\s\"',]+", re.IGNORECASE)
_REQUEST_IN_TEXT = re.compile(r"\b([A-Z]{3,7} /[^\s?\"']*)\?[^\s\"']*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_TRACEBACK = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # lines stay

# Their own handlers would write past the chain.
_LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "litestar")
# A client that looks for its servers says so many times a second.
_REPETITIVE = "aiokafka"
_REPEAT_SECONDS = 10.0


def configure(
    format: Format,  # noqa: A002 - the setting's own name
    level: str,
    *,
    service: str = "calotype",
    stream: TextIO | None = None,
) -> None:
    """Send the process's logs, from this level (debug, info, …) on, to the stream (stderr).

    auto writes for a person where the stream is a terminal, and JSON lines elsewhere. Calling again
    replaces what was configured before.
    """
    out = stream or sys.stderr
    for_people = format == "console" or (format == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.addFilter(_Seldom())
    handler.setFormatter(_formatter(service, for_people=for_people, colours=out.isatty()))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a test or a child process configures anew
    )


class _Seldom(logging.Filter):
    """Lets each kind of line of a repetitive library pass once in a while."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is to be written."""
        if record.name.partition(".")[0] != _REPETITIVE:
            return True
        kind = (record.name, str(record.msg))  # before its values are put in
        seldom = record.created - self._passed_at.get(kind, 0) >= _REPEAT_SECONDS
        if seldom:
            self._passed_at[kind] = record.created
        return seldom


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger; its methods take an event and its values: log.info("stored", key=…)."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def bound(**values: str | None) -> AbstractContextManager[None]:
    """Put these values (image_id, job_id, service, …) on every line logged within; None is none.

    They follow the task and the tasks that it starts.
    """
    given = {key: value for key, value in values.items() if value is not None}
    return structlog.contextvars.bound_contextvars(**given)


def safe_url(url: str) -> str:
    """Return the URL without its user, password, query and fragment."""
    try:
        scheme, netloc, path, *_ = urlsplit(url)
    except ValueError:
        return HIDDEN
    return urlunsplit((scheme, netloc.rpartition("@")[2], path, "", ""))


def redact(key: str, value: object, depth: int = 0) -> object:
    """Return what may be logged of a value under that key: no secret, no place, nothing endless."""
    if value is not None and _SECRET.search(key):
        return HIDDEN
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return _redact_mapping(value, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _redact_items(key, tuple(value), depth)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    return _redact_text(key, str(value))


def _redact_mapping(value: Mapping[Any, object], depth: int) -> object:
    if depth >= DEEPEST:
        return f"[{len(value)} entries]"
    pairs = list(value.items())[:MOST_ITEMS]
    kept = {str(key): redact(str(key), one, depth + 1) for key, one in pairs}
    return kept | _and_more(len(value))


def _redact_items(key: str, value: tuple[object, ...], depth: int) -> object:
    if depth >= DEEPEST:
        return f"[{len(value)} items]"
    kept = [redact(key, one, depth + 1) for one in value[:MOST_ITEMS]]
    return [*kept, *(f"{more} more" for more in _and_more(len(value)).values())]


def _and_more(count: int) -> dict[str, int]:
    return {"…": count - MOST_ITEMS} if count > MOST_ITEMS else {}


def _redact_text(key: str, text: str) -> str:
    traceback = key in {"exception", "stack"}
    most = LONGEST_TRACEBACK if traceback else LONGEST_TEXT
    control = _CONTROL_IN_TRACEBACK if traceback else _CONTROL
    shown = text[:most]
    if _URL_KEY.search(key):
        shown = safe_url(shown)
    shown = _URL_IN_TEXT.sub(lambda found: safe_url(found.group()), shown)
    shown = _SECRET_IN_TEXT.sub(HIDDEN, _REQUEST_IN_TEXT.sub(r"\1", shown))
    shown = control.sub(lambda found: f"\\x{ord(found.group()):02x}", shown)
    return shown if len(text) <= most else f"{shown}… ({len(text)} characters)"


def _told_by_record(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    record: logging.LogRecord = entry.pop("_record")
    del entry["_from_structlog"]
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    first = {"time": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
    return {**first, "event": entry.pop("event", ""), "logger": record.name, **entry}


def _told_by_trace(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        entry["trace_id"] = trace.format_trace_id(context.trace_id)
        entry["span_id"] = trace.format_span_id(context.span_id)
    return entry


def _redacted(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    return {key: redact(key, value) for key, value in entry.items()}


def _formatter(service: str, *, for_people: bool, colours: bool) -> logging.Formatter:
    def told_by_service(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
        entry.setdefault("service", service)  # standalone binds each of its services' own
        return entry

    chain: list[Processor] = [
        _told_by_record,
        structlog.contextvars.merge_contextvars,
        told_by_service,
        _told_by_trace,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _redacted,
        _renderer(for_people=for_people, colours=colours),
    ]
    return structlog.stdlib.ProcessorFormatter(processors=chain)


def _renderer(*, for_people: bool, colours: bool) -> Processor:
    if not for_people:
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=colours,
        timestamp_key="time",
        sort_keys=False,
        exception_formatter=structlog.dev.plain_traceback,  # ours is text by then
    )
