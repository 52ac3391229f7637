"""Which URLs may be given to be called: a callback's at the door, and a webhook's."""

import socket
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from calotype_core.domain.addresses import Network, is_permitted
from calotype_core.domain.urls import LONGEST_URL, url_issue
from calotype_core.settings import NETWORKS, SWITCH, setting

_LOCALHOST = "127.0.0.1"
_DOTS = str.maketrans("。．｡", "...")  # noqa: RUF001 - what IDNA takes for dots


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackSettings:
    """Where callbacks and webhooks may be."""

    webhook_allow_http: bool = setting(
        False,
        SWITCH,
        "Whether callbacks and webhooks may be http:// as well, which anybody between can"
        " read and change; https:// alone otherwise.",
    )
    webhook_allowed_networks: Sequence[Network] = setting(
        (),
        NETWORKS,
        "Private networks that may be called, 127.0.0.0/8 among them where wanted; a cloud's"
        " metadata addresses never are.",
    )

    @property
    def expected(self) -> str:
        """What a URL has to be, in words."""
        scheme = "http(s)" if self.webhook_allow_http else "https"
        return f"an {scheme} URL without credentials, at most {LONGEST_URL} characters"


def callback_issue(url: str, settings: CallbackSettings) -> str | None:
    """Return why the URL may not be called, in words, or None.

    No name is looked up: where one leads is checked at every connection, since it may change. What
    is an address as it is written, in whichever spelling, is refused here where it would be there.
    """
    if issue := form_issue(url, settings):
        return issue
    address = _address_in(urlsplit(url).hostname or "")
    if address is not None and not is_permitted(address, settings.webhook_allowed_networks):
        return (
            "the URL leads to an address that is not called: private, local or reserved; the"
            " operator can open networks with CALOTYPE_WEBHOOK_ALLOWED_NETWORKS"
        )
    return None


def form_issue(url: str, settings: CallbackSettings) -> str | None:
    """Return what is wrong with the URL wherever it leads, in words, or None."""
    if issue := url_issue(url):
        return issue
    if urlsplit(url).scheme.lower() != "https" and not settings.webhook_allow_http:
        return "the URL is not https; the operator can set CALOTYPE_WEBHOOK_ALLOW_HTTP=true"
    return None


def _address_in(host: str) -> str | None:
    """Return the address that the host is as it is written, in plain spelling; None: a name."""
    plain = unicodedata.normalize("NFKC", unquote(host)).translate(_DOTS).lower()
    if ":" in plain:
        return plain
    name = plain.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return _LOCALHOST
    try:
        return socket.inet_ntoa(socket.inet_aton(name))  # as clients do: 127.1, 0x7f.1, 2130706433
    except (OSError, UnicodeError):
        return None
