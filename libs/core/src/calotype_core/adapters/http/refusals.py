"""What an endpoint's answer, or the lack of one, means for the message that it was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import ClientError, ClientResponse, ServerTimeoutError

from calotype_core.adapters.http.responses import REDIRECTS, rest_of
from calotype_core.adapters.http.sessions import AddressForbidden
from calotype_core.adapters.http.troubles import Trouble, reason_of, trouble_of
from calotype_core.adapters.http.urls import host_of
from calotype_core.ports.channel import (
    Answer,
    EndpointThrottledError,
    EndpointTimeoutError,
    EndpointUnreachableError,
    GoneError,
    NotTakenError,
    excerpt,
)

LONGEST_REST = timedelta(days=1).total_seconds()  # whatever an endpoint asks for


class EndpointAnsweredBadlyError(NotTakenError):
    """The endpoint answered something else than 2xx, or what is no HTTP."""

    code = "endpoint_answered_badly"


class EndpointBadCertificateError(NotTakenError):
    """The endpoint does not prove that it is the one that its URL names."""

    code = "endpoint_bad_certificate"


class EndpointForbiddenAddressError(NotTakenError):
    """The endpoint is at an address that is not called: private, local, or of a cloud's own."""

    code = "endpoint_forbidden_address"


class EndpointBrokenOffError(NotTakenError):
    """The endpoint ended the connection before its answer was whole."""

    code = "endpoint_broken_off"


class EndpointBadUrlError(NotTakenError):
    """The endpoint's URL is none that may be called, as the settings are now."""

    code = "endpoint_bad_url"


_TROUBLES: Mapping[Trouble, tuple[type[NotTakenError], str]] = {
    Trouble.BAD_HOST: (EndpointBadUrlError, "The host {host} is written as none is."),
    Trouble.NO_ADDRESS: (EndpointUnreachableError, "The name {host} leads to no address."),
    Trouble.NO_CONNECTION: (EndpointUnreachableError, "{host} takes no connection ({reason})."),
    Trouble.BAD_CERTIFICATE: (
        EndpointBadCertificateError,
        "{host} has no valid certificate ({reason}): renew it there.",
    ),
    Trouble.NO_HTTP: (
        EndpointAnsweredBadlyError,
        "{host} answered what is no HTTP, or with too long a head.",
    ),
    Trouble.BROKEN_OFF: (
        EndpointBrokenOffError,
        "{host} ended the connection before its answer was whole.",
    ),
    Trouble.LOST: (EndpointBrokenOffError, "The connection to {host} was lost."),
}
_SUCCESS = range(200, 300)


@dataclass(kw_only=True, slots=True)
class Heard:
    """What has come of an answer so far: its head, then its body's beginning."""

    head: ClientResponse | None = None
    beginning: bytearray = field(default_factory=bytearray)

    @property
    def is_refusal(self) -> bool:
        """Whether a head has come that says no: so it stays, whatever becomes of the rest."""
        return self.head is not None and self.head.status not in _SUCCESS

    def answer(self) -> Answer:
        """Return as much of it as is kept: no body that is compressed, though nobody asked."""
        if self.head is None:
            return Answer()
        packed = "Content-Encoding" in self.head.headers
        text = "" if packed else excerpt(self.beginning.decode(errors="replace"))
        return Answer(status=self.head.status, text=text)


def failure_of(error: Exception, host: str, seconds: float, answer: Answer) -> NotTakenError:
    """Return what went wrong before an answer was whole, as the channel has it."""
    match error:
        case AddressForbidden():
            return EndpointForbiddenAddressError(
                f"{host} is at an address that is not called: private, local or reserved. The"
                " operator can open networks with CALOTYPE_WEBHOOK_ALLOWED_NETWORKS."
            )
        case ServerTimeoutError():  # of a connection: nothing else has a deadline of its own
            return EndpointUnreachableError(f"{host} takes no connection (timed out).", silent=True)
        case ClientError():
            kind, sentence = _TROUBLES[trouble_of(error)]
            message = sentence.format(host=host, reason=reason_of(error))
            return kind(message, answer=answer, silent=kind is EndpointUnreachableError)
        case _:
            return EndpointTimeoutError(
                f"{host} did not answer in whole within {seconds:g} seconds.",
                answer=answer,
                silent=True,
            )


def refusal_of(head: ClientResponse, answer: Answer, now: datetime) -> NotTakenError:
    """Return what a status that is no success means."""
    host, status = host_of(head.url), head.status
    rest = min(rest_of(head, now), LONGEST_REST)
    if status == HTTPStatus.GONE:
        return GoneError(f"{host} answered 410: it wants to be told no more.", answer=answer)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and rest
    ):
        message = f"{host} answered {status}: it wants to be told later."
        return EndpointThrottledError(message, answer=answer, again_in=rest)
    means = ", which is not followed: give the URL that it leads to" if status in REDIRECTS else ""
    message = f"{host} answered {status}{means}; what is taken is answered with 2xx."
    return EndpointAnsweredBadlyError(message, answer=answer, again_in=rest)
