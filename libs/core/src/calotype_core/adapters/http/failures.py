"""The client's errors, as the port has them: what happened, and what to do about it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponseError,
    InvalidURL,
    ServerDisconnectedError,
    ServerTimeoutError,
)
from yarl import URL

from calotype_core.adapters.http.urls import host_of
from calotype_core.ports.fetcher import (
    BadCertificateError,
    BadResponseError,
    BadUrlError,
    BrokenOffError,
    FetchError,
    ForbiddenAddressError,
    HostTimeoutError,
    UnreachableError,
)


class AddressForbidden(Exception):  # noqa: N818 - no OSError, for which the next address is tried
    """A connection would lead where none may."""


@contextmanager
def told(url: URL, seconds: float) -> Iterator[None]:
    """Raise what goes wrong within as a FetchError that names the URL's host."""
    host = host_of(url)
    try:
        yield
    except AddressForbidden:
        raise ForbiddenAddressError(
            f"{host} is at an address that is not fetched from: private, local or reserved. The"
            " operator can open networks with CALOTYPE_FETCH_ALLOWED_NETWORKS."
        ) from None
    except ServerTimeoutError as error:
        raise HostTimeoutError(f"{host} kept silent for too long.") from error
    except TimeoutError as error:
        raise HostTimeoutError(
            f"{host} did not send the whole file within {seconds:g} seconds."
        ) from error
    except ClientError as error:
        raise _of_client(error, host) from error


def _of_client(error: ClientError, host: str) -> FetchError:
    match error:
        case ClientConnectorError() | ClientConnectorCertificateError():
            return _of_connection(error, host)
        case InvalidURL():
            return BadUrlError(f"The host {host} is written as none is.")
        case ClientResponseError():
            return BadResponseError(f"{host} answered what is no HTTP, or with too long a head.")
        case ClientPayloadError() | ServerDisconnectedError():
            return BrokenOffError(f"{host} broke off before the file was whole.")
        case _:
            return UnreachableError(f"The connection to {host} was lost.")


def _of_connection(
    error: ClientConnectorError | ClientConnectorCertificateError, host: str
) -> FetchError:
    if isinstance(error, ClientConnectorCertificateError):
        return BadCertificateError(
            f"{host} has no valid certificate ({_reason(error)}): renew it there."
        )
    if isinstance(error, ClientConnectorDNSError):
        return UnreachableError(f"The name {host} leads to no address: is it misspelt?")
    return UnreachableError(f"{host} takes no connection ({_reason(error)}).")


def _reason(error: ClientConnectorError | ClientConnectorCertificateError) -> str:
    if isinstance(error, ClientConnectorCertificateError):
        cause = error.certificate_error
        return str(getattr(cause, "verify_message", "") or type(cause).__name__)[:60]
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return str(cause.reason or "TLS").lower().replace("_", " ")[:60]
    return (cause.strerror or type(cause).__name__)[:60]
