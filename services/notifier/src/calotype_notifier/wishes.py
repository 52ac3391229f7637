"""What clients ask for a webhook to be: read from JSON, with everything that is wrong at once."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from calotype_core.callbacks import CallbackSettings, callback_issue
from calotype_core.domain import signatures
from calotype_core.domain.problems import Problem, quote, shorten
from calotype_core.http.json_body import MalformedJsonError
from calotype_core.ports.webhooks import WebhookState
from calotype_notifier.catalogue import SUBSCRIBABLE
from calotype_notifier.errors import InvalidReplayError, InvalidWebhookError

LONGEST_DESCRIPTION = 500  # characters
_MOST_PROBLEMS = 20  # told at once

_CREATION = ("url", "eventTypes", "description", "secret")
_CHANGE = ("url", "eventTypes", "description", "state")
_ROTATION = ("secret",)
_REPLAY = ("since",)
_SINCE = "a time such as 2026-01-31T08:00:00Z"
_KINDS = "a list of one or more of " + ", ".join(SUBSCRIBABLE)
_STATES = {one.value: one for one in (WebhookState.ACTIVE, WebhookState.PAUSED)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is asked for; None where nothing was said of it."""

    url: str | None = None
    event_types: tuple[str, ...] | None = None
    description: str | None = None
    secret: str | None = field(default=None, repr=False)
    state: WebhookState | None = None


def read_creation(body: bytes, callbacks: CallbackSettings) -> Wish:
    """Return what a new webhook is to be; it has a URL.

    Raises MalformedJsonError, InvalidWebhookError with all problems.
    """
    return _read_wish(body, callbacks, _CREATION, needs_url=True)


def read_change(body: bytes, callbacks: CallbackSettings) -> Wish:
    """Return what a webhook is to become. Raises MalformedJsonError, InvalidWebhookError."""
    return _read_wish(body, callbacks, _CHANGE)


def read_rotation(body: bytes) -> Wish:
    """Return the secret that is to be the new one, if any was named, and nothing else.

    Raises MalformedJsonError, InvalidWebhookError.
    """
    return _read_wish(body or b"{}", CallbackSettings(), _ROTATION)


def read_since(body: bytes) -> datetime:
    """Return since when to send again. Raises MalformedJsonError, InvalidReplayError."""
    reader = _Reader(names=_REPLAY)
    members = reader.members_of(body)
    since = None if members is None else reader.moment(members.get("since"))
    if since is None or reader.problems:
        raise InvalidReplayError(
            f"What to send again is not clear: {_all_of(reader.problems)}.",
            problems=reader.problems,
        )
    return since


def _read_wish(
    body: bytes, callbacks: CallbackSettings, names: Sequence[str], *, needs_url: bool = False
) -> Wish:
    reader = _Reader(names=names)
    members = reader.members_of(body)
    if needs_url and members is not None and "url" not in members:
        reader.wrong("url", callbacks.expected, "nothing")
    members = members or {}
    wish = Wish(
        url=reader.url(members.get("url"), callbacks),
        event_types=reader.event_types(members.get("eventTypes")),
        description=reader.description(members.get("description")),
        secret=reader.secret(members.get("secret")),
        state=reader.state(members.get("state")),
    )
    if reader.problems:
        raise InvalidWebhookError(
            f"The webhook is not valid: {_all_of(reader.problems)}.", problems=reader.problems
        )
    return wish


def _all_of(problems: Sequence[Problem]) -> str:
    return "; ".join(str(one) for one in problems)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads members of an object, and keeps what is wrong with them. None was not sent."""

    names: Sequence[str]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, expected: str, got: str) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(path=path, expected=expected, got=got))

    def members_of(self, body: bytes) -> Mapping[str, Any] | None:
        """Return the members that may be sent and were; None where the JSON is no object.

        What may not be sent is a problem by its name. Raises MalformedJsonError.
        """
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedJsonError(f"The body cannot be read as JSON: {error}.") from None
        if not isinstance(document, dict):
            self.wrong("", "an object with " + ", ".join(self.names), quote(document))
            return None
        for key in document:
            if key not in self.names:
                self._unknown(key)
        return {name: document[name] for name in self.names if document.get(name) is not None}

    def _unknown(self, key: str) -> None:
        close = difflib.get_close_matches(shorten(key), self.names, 1)
        expected = f"{close[0]!r}?" if close else "one of " + ", ".join(self.names)
        self.wrong(shorten(key), expected, quote(key))

    def url(self, value: object, callbacks: CallbackSettings) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong("url", callbacks.expected, quote(value))
            return None
        if issue := callback_issue(value, callbacks):
            self.wrong("url", callbacks.expected, f"{quote(value)} ({issue})")
        return value

    def event_types(self, value: object) -> tuple[str, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list) or not value:
            self.wrong("eventTypes", _KINDS, quote(value))
            return None
        for at, one in enumerate(value):
            if one not in SUBSCRIBABLE:
                self.wrong(f"eventTypes[{at}]", "one of " + ", ".join(SUBSCRIBABLE), quote(one))
        return tuple(one for one in SUBSCRIBABLE if one in value)

    def description(self, value: object) -> str | None:
        if value is None or (isinstance(value, str) and len(value) <= LONGEST_DESCRIPTION):
            return value
        self.wrong("description", f"text of at most {LONGEST_DESCRIPTION} characters", quote(value))
        return None

    def secret(self, value: object) -> str | None:
        """Return the secret. Whatever came, it is not shown: it may be nearly right."""
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong("secret", signatures.EXPECTED, "no text")
            return None
        if issue := signatures.secret_issue(value):
            self.wrong("secret", signatures.EXPECTED, issue)
        return value

    def state(self, value: object) -> WebhookState | None:
        if value is None or (isinstance(value, str) and value in _STATES):
            return None if value is None else _STATES[value]
        self.wrong("state", " or ".join(_STATES), quote(value))
        return None

    def moment(self, value: object) -> datetime | None:
        try:
            moment = msgspec.convert(value, datetime)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (msgspec.ValidationError, OverflowError):
            pass
        self.wrong("since", _SINCE, "nothing" if value is None else quote(value))
        return None
