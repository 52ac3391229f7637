"""What the store and the way to it answer, told as our own errors."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.ports.object_store import InvalidKeyError, ObjectMissingError, StoreFullError

# PreconditionFailed: there is an object, and it is not the version that was asked for.
_MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "PreconditionFailed"})
_FULL = frozenset({"XMinioStorageFull", "InsufficientStorage", "XMinioAdminBucketQuotaExceeded"})
_NO_KEY = frozenset(
    {
        "KeyTooLongError",
        "XMinioInvalidObjectName",
        "XMinioInvalidResourceName",
        "XMinioObjectExistsAsDirectory",
        "XMinioParentIsObject",
    }
)
_WRONG_REGION = "the bucket is in another region: look at CALOTYPE_S3_REGION"
_CHANGED = "the bytes were changed on the way: send them again"
_CAUSES: Mapping[str, str] = {
    "AccessDenied": (
        "the key may not do this: look at CALOTYPE_S3_ACCESS_KEY, CALOTYPE_S3_SECRET_KEY and the"
        " key's policy (some stores also say so of an object that is missing)"
    ),
    "AuthorizationHeaderMalformed": _WRONG_REGION,
    "BadDigest": _CHANGED,
    "IllegalLocationConstraintException": _WRONG_REGION,
    "InvalidAccessKeyId": "it does not know the key: look at CALOTYPE_S3_ACCESS_KEY",
    "InvalidRegion": _WRONG_REGION,
    "NoSuchBucket": (
        "it has no such bucket: look at CALOTYPE_S3_BUCKET, or run `calotype bucket ensure`"
    ),
    "PermanentRedirect": _WRONG_REGION,
    "Redirect": _WRONG_REGION,
    "RequestTimeTooSkewed": "its clock and ours differ too much: set both by a time server",
    "SignatureDoesNotMatch": "the secret is not the key's: look at CALOTYPE_S3_SECRET_KEY",
    "SlowDown": "it has too much to do: send less at once",
    "XAmzContentChecksumMismatch": _CHANGED,
    "XAmzContentSHA256Mismatch": _CHANGED,
}


@contextmanager
def store_errors(endpoint: str) -> Iterator[None]:
    """Tell the errors of the library and of the way to this endpoint as the port has them."""
    try:
        yield
    except S3Error as error:
        raise _told(endpoint, error) from error
    except (MinioException, ET.ParseError) as error:  # no S3 answer: a proxy's, or a plain 5xx
        raise _unclear(endpoint, error) from error
    except HTTPError as error:
        reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
        raise Unavailable(f"The store at {endpoint} {_state(reason)}.") from error


def _told(endpoint: str, error: S3Error) -> CalotypeError:
    code = error.code or "an error without a code"
    if code in _MISSING:
        return ObjectMissingError("There is no such object in the store.")
    if code in _NO_KEY:
        return InvalidKeyError(f"The store takes no object under this key ({code}): rename it.")
    if code in _FULL or error.response.status == HTTPStatus.INSUFFICIENT_STORAGE:
        return _full(endpoint)
    cause = cause_of(code) or error.message or "it does not say why"
    return Unavailable(f"The store at {endpoint} refused ({code}): {cause}.")


def cause_of(code: str) -> str | None:
    """Return what is behind a store's code, and what to look at; None where we know no more."""
    return _CAUSES.get(code)


def _unclear(endpoint: str, error: Exception) -> Unavailable:
    status = None
    if isinstance(error, ServerError):
        status = error.status_code
    elif isinstance(error, InvalidResponseError):
        status = error._code  # noqa: SLF001 - it is kept nowhere else
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return _full(endpoint)
    said = f"HTTP status {status}" if status else "what is no answer of an S3 store"
    return Unavailable(
        f"The store at {endpoint} answered {said}: see its log, and that CALOTYPE_S3_ENDPOINT"
        " leads to a store."
    )


def _full(endpoint: str) -> StoreFullError:
    return StoreFullError(f"The store at {endpoint} is full: free some room in it.")


def _state(reason: Exception) -> str:
    name = type(reason).__name__
    if isinstance(reason, NameResolutionError):
        return "has a host name that nobody knows: look at CALOTYPE_S3_ENDPOINT"
    if isinstance(reason, NewConnectionError):
        return "cannot be reached: see that it runs, and look at CALOTYPE_S3_ENDPOINT"
    if isinstance(reason, ConnectTimeoutError | ReadTimeoutError):
        return "kept silent for CALOTYPE_S3_TIMEOUT_SECONDS: see that it is well"
    if isinstance(reason, SSLError):
        return (
            f"cannot be trusted ({reason}): look at CALOTYPE_S3_CA_FILE, and whether"
            " CALOTYPE_S3_ENDPOINT is http or https"
        )
    return f"broke the connection off ({name}): see that it is well"
