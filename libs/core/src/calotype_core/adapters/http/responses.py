"""What a host's answer means, before any of its body is read."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aiohttp import ClientResponse

from calotype_core.adapters.http.urls import host_of
from calotype_core.ports.fetcher import (
    BadResponseError,
    FetchedNothingError,
    FetchError,
    HostFailedError,
    HostTimeoutError,
    NotForUsError,
    NotThereError,
    ThrottledError,
)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NOTHING = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT})
_WHOLE = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})


def check_status(response: ClientResponse, now: datetime) -> None:
    """Return where a file follows; raises the FetchError that the status is."""
    if response.status not in _WHOLE:
        raise _error_of(response, now)


def _error_of(response: ClientResponse, now: datetime) -> FetchError:
    host, status = host_of(response.url), response.status
    if status in _NOTHING:
        return FetchedNothingError(f"{host} answered {status}, which is no file: mend the URL.")
    if status < HTTPStatus.BAD_REQUEST:
        return BadResponseError(f"{host} answered {status}, which is no answer to what was asked.")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refusal(response, now)
    return HostFailedError(
        f"{host} answered {status}: try again once it is well.", again_in=rest_of(response, now)
    )


def _refusal(response: ClientResponse, now: datetime) -> FetchError:
    host, status = host_of(response.url), response.status
    if status in _GONE:
        return NotThereError(f"{host} has nothing there ({status}): mend the URL, or put it back.")
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return HostTimeoutError(f"{host} answered {status}: it waited too long for us.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ThrottledError(
            f"{host} was asked too often ({status}): try again later.",
            again_in=rest_of(response, now),
        )
    return NotForUsError(f"{host} refused to give it ({status}): give a URL that anyone may read.")


def rest_of(response: ClientResponse, now: datetime) -> float:
    """Return the seconds that the host wants to be left alone for, as Retry-After has them."""
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # some numbers are too large even for the parser
        return 0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0, (until - now).total_seconds())
