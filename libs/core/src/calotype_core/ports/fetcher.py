"""Getting a file from a URL that a stranger gave.

    CalotypeError
    └── FetchError                    no file came of the URL; the message names its host, no more
        ├── UnfetchableError          also Rejected: the same URL will fail again
        │   ├── BadUrlError, ForbiddenAddressError
        │   ├── TooManyRedirectsError, DowngradedError, BadCertificateError
        │   ├── NotThereError, NotForUsError, BadResponseError
        │   └── FetchedTooLargeError, FetchedNothingError
        └── FetchInterruptedError     it may succeed later; the fetcher itself has tried again
            ├── UnreachableError, HostTimeoutError, BrokenOffError
            └── HostFailedError, ThrottledError

None of them is Unavailable: what is away is somebody else's, and nobody waits for it for ever.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calotype_core.errors import CalotypeError, Rejected


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A file that came whole: its bytes, their SHA-256 (hex), and the URL that had them at last."""

    size_bytes: int
    sha256: str
    url: str


class FetchError(CalotypeError):
    """No file came of the URL."""

    code = "fetch_failed"
    status = 422


class UnfetchableError(FetchError, Rejected):
    """No file will ever come of the URL as it is."""


class BadUrlError(UnfetchableError):
    """The URL is none, or of a kind or a port that is not fetched from."""

    code = "fetch_bad_url"


class ForbiddenAddressError(UnfetchableError):
    """The URL leads to an address that is not fetched from: private, local, or of a cloud's own."""

    code = "fetch_forbidden_address"


class TooManyRedirectsError(UnfetchableError):
    """The URL leads from one address to the next, and so on."""

    code = "fetch_too_many_redirects"


class DowngradedError(UnfetchableError):
    """The URL is https, and leads to one that is not."""

    code = "fetch_downgraded"


class BadCertificateError(UnfetchableError):
    """The host does not prove that it is the one that the URL names."""

    code = "fetch_bad_certificate"


class NotThereError(UnfetchableError):
    """The host has nothing at this address."""

    code = "fetch_not_found"


class NotForUsError(UnfetchableError):
    """The host does not give us what is at this address."""

    code = "fetch_refused"


class BadResponseError(UnfetchableError):
    """What the host answered is no HTTP that could be understood, or nothing that it was asked."""

    code = "fetch_bad_response"


class FetchedTooLargeError(UnfetchableError):
    """The file has more bytes than an image may have."""

    code = "fetch_too_large"


class FetchedNothingError(UnfetchableError):
    """The file has no bytes."""

    code = "fetch_empty"


class FetchInterruptedError(FetchError):
    """No file came of the URL this time; again_in: the seconds before which no other try helps."""

    code = "fetch_interrupted"
    status = 502
    retry = True

    def __init__(self, message: str, *, again_in: float = 0) -> None:
        super().__init__(message)
        self.again_in = again_in


class UnreachableError(FetchInterruptedError):
    """The host has no address just now, or nobody takes a connection there."""

    code = "fetch_unreachable"


class HostTimeoutError(FetchInterruptedError):
    """The host kept silent for too long, or was too slow."""

    code = "fetch_timeout"
    status = 504


class BrokenOffError(FetchInterruptedError):
    """The host ended the transfer before the file did."""

    code = "fetch_broken_off"


class HostFailedError(FetchInterruptedError):
    """The host answered with an error of its own."""

    code = "fetch_server_error"


class ThrottledError(FetchInterruptedError):
    """The host was asked for more than it wants to be."""

    code = "fetch_throttled"


class Fetcher(Protocol):
    """Whoever gets files from strangers' hosts, politely and without being led astray."""

    async def fetch(self, url: str, into: Path) -> Fetched:
        """Get the URL's bytes into a file: whole there once this returns, else there is none.

        What may pass is tried again a few times within. Time and bytes are bounded, whatever the
        host does; the wait for a host that others are being served by is not counted against them.
        Nothing is looked into: it may be no image. Raises a FetchError; Unavailable where the file
        cannot be written.
        """
