"""What goes wrong with a fetch, as its port has it: what happened, and what to do about it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aiohttp import ClientError, ServerTimeoutError
from yarl import URL

from calotype_core.adapters.http.sessions import AddressForbidden
from calotype_core.adapters.http.troubles import Trouble, reason_of, trouble_of
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

_FAILURES: Mapping[Trouble, tuple[type[FetchError], str]] = {
    Trouble.BAD_HOST: (BadUrlError, "The host {host} is written as none is."),
    Trouble.NO_ADDRESS: (
        UnreachableError,
        "The name {host} leads to no address: is it misspelt?",
    ),
    Trouble.NO_CONNECTION: (UnreachableError, "{host} takes no connection ({reason})."),
    Trouble.BAD_CERTIFICATE: (
        BadCertificateError,
        "{host} has no valid certificate ({reason}): renew it there.",
    ),
    Trouble.NO_HTTP: (
        BadResponseError,
        "{host} answered what is no HTTP, or with too long a head.",
    ),
    Trouble.BROKEN_OFF: (BrokenOffError, "{host} broke off before the file was whole."),
    Trouble.LOST: (UnreachableError, "The connection to {host} was lost."),
}


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
    kind, sentence = _FAILURES[trouble_of(error)]
    return kind(sentence.format(host=host, reason=reason_of(error)))
