"""The client's errors by what has happened, for each port to say what to do about it."""

import ssl
from collections.abc import Sequence
from enum import Enum, auto

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponseError,
    InvalidURL,
    ServerDisconnectedError,
)


class Trouble(Enum):
    """What can go wrong between a client and a server."""

    BAD_HOST = auto()  # the host is written as none is
    NO_ADDRESS = auto()  # its name leads to none
    NO_CONNECTION = auto()
    BAD_CERTIFICATE = auto()
    NO_HTTP = auto()
    BROKEN_OFF = auto()  # before the answer was whole
    LOST = auto()


_TROUBLES: Sequence[tuple[type[ClientError], Trouble]] = (  # the first that an error is
    (ClientConnectorCertificateError, Trouble.BAD_CERTIFICATE),
    (ClientConnectorDNSError, Trouble.NO_ADDRESS),
    (ClientConnectorError, Trouble.NO_CONNECTION),
    (InvalidURL, Trouble.BAD_HOST),
    (ClientResponseError, Trouble.NO_HTTP),
    (ClientPayloadError, Trouble.BROKEN_OFF),
    (ServerDisconnectedError, Trouble.BROKEN_OFF),
    (ClientError, Trouble.LOST),
)


def trouble_of(error: ClientError) -> Trouble:
    """Return what has happened."""
    return next(trouble for kind, trouble in _TROUBLES if isinstance(error, kind))


def reason_of(error: ClientError) -> str:
    """Return why there is no connection, or no valid certificate, in a few words."""
    if isinstance(error, ClientConnectorCertificateError):
        cause = error.certificate_error
        return str(getattr(cause, "verify_message", "") or type(cause).__name__)[:60]
    if not isinstance(error, ClientConnectorError):
        return type(error).__name__
    if isinstance(error.os_error, ssl.SSLError):
        return str(error.os_error.reason or "TLS").lower().replace("_", " ")[:60]
    return (error.os_error.strerror or type(error.os_error).__name__)[:60]
