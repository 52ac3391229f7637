"""One parser, the client's: what it takes for the host is the host that is asked."""

from collections.abc import Collection

from yarl import URL

from calotype_core.domain.urls import url_issue
from calotype_core.ports.fetcher import BadResponseError, BadUrlError, DowngradedError

_LONGEST_NAME = 80  # of a host, in a message


def host_of(url: URL) -> str:
    """Return what to call the host in a message: its name, and nothing else of the URL."""
    try:
        name = url.host
    except UnicodeError:  # it begins as a name in another alphabet does, and goes on as none
        name = url.raw_host
    return (name or "")[:_LONGEST_NAME]


def authority_of(url: URL) -> str:
    """Return what one server is told from another by."""
    return f"{url.raw_host}:{url.port}"


def as_given(text: str, ports: Collection[int]) -> URL:
    """Return the URL that somebody wrote; raises BadUrlError."""
    if issue := url_issue(text):
        raise BadUrlError(f"Nothing can be fetched: {issue}.")
    return _checked(text, None, ports)


def as_led_to(location: str | None, source: URL, ports: Collection[int]) -> URL:
    """Return where a redirect leads; raises BadUrlError, BadResponseError, DowngradedError."""
    if not location:
        raise BadResponseError(f"{host_of(source)} redirects, and does not say where to.")
    if "\\" in location or not location.isprintable():
        raise BadUrlError(f"{host_of(source)} redirects to what is no URL.")
    onward = _checked(location, source, ports)
    if source.scheme == "https" and onward.scheme != "https":
        raise DowngradedError(
            f"{host_of(source)} redirects from https to http, which anybody between could read and"
            " change: give the URL that it leads to, if that will do."
        )
    return onward


def understood(text: str, source: URL | None = None) -> URL:
    """Return the URL as the client has it; raises ValueError that says what is wrong with it."""
    try:
        url = URL(text) if source is None else source.join(URL(text))
    except ValueError as error:
        raise ValueError("The URL's host or port cannot be understood.") from error
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise ValueError("The URL leads to something else than http:// or https://.")
    if url.raw_user or url.raw_password:
        raise ValueError("The URL has, or leads to one with, a user name or a password in it.")
    return url


def _checked(text: str, source: URL | None, ports: Collection[int]) -> URL:
    try:
        url = understood(text, source)
    except ValueError as error:
        raise BadUrlError(f"{error}") from error
    if url.port not in ports:
        raise BadUrlError(
            f"The port {url.port} of {host_of(url)} is none that is fetched from; the operator can"
            " add it to CALOTYPE_FETCH_PORTS."
        )
    return url
