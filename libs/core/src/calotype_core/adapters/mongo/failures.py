"""What the driver raises, as what we raise: what was tried, what came back, what to look at.

Nothing of an address is quoted but hosts, which the driver tells; a password never is.
"""

from collections.abc import Sequence

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.ports.object_store import StoreFullError

_NOT_ALLOWED = 13
_DUPLICATE = 11000
_WRONG_PASSWORD = frozenset({18, 8000})  # 8000: how Atlas says it
_DISK_FULL = 14031
# A lock, a write conflict, an interrupted or throttled operation: the server means "again, later".
_TRANSIENT = frozenset({24, 46, 50, 112, 262, 11601, 16500})
_LONGEST = 200  # characters of what the driver or the server says


def translated(error: PyMongoError, database: str) -> Exception:
    """Return what to raise for the driver's error; a defect of ours comes back as it is."""
    if isinstance(error, DuplicateKeyError):
        return error
    if isinstance(error, BulkWriteError):
        return _first_of(error, database)
    if isinstance(error, InvalidOperation):
        return Unavailable("The connection to MongoDB is closed: the process is shutting down.")
    if isinstance(error, ConnectionFailure | ConfigurationError):
        return Unavailable(
            f"MongoDB cannot be reached ({_told(error)}): check that it runs, and the address in "
            "CALOTYPE_MONGO_URL."
        )
    if isinstance(error, OperationFailure):
        return _refused(error, database) or error
    return error


def duplicates(error: BulkWriteError) -> Sequence[int]:
    """Return which writes were of a known id; raises the error where anything else failed."""
    failed = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(one["code"] != _DUPLICATE for one in failed):
        raise error
    return [one["index"] for one in failed]


def _first_of(error: BulkWriteError, database: str) -> Exception:
    for one in error.details["writeErrors"]:
        if one["code"] != _DUPLICATE:
            return _refused(OperationFailure(one["errmsg"], one["code"]), database) or error
    for one in error.details["writeConcernErrors"]:
        return _refused(WriteConcernError(one["errmsg"], one["code"]), database) or error
    return error


def _refused(error: OperationFailure, database: str) -> CalotypeError | None:
    if error.code in _WRONG_PASSWORD:
        return Unavailable("MongoDB refused the name or password in CALOTYPE_MONGO_URL.")
    if error.code == _NOT_ALLOWED:
        return Unavailable(
            f"MongoDB does not allow this in the database {database!r} ({_told(error)}): check "
            "CALOTYPE_MONGO_DATABASE, and the role of the user in CALOTYPE_MONGO_URL."
        )
    if error.code == _DISK_FULL:
        return StoreFullError("MongoDB's disk is full: free some room on it.")
    if isinstance(error, WriteConcernError) or error.code in _TRANSIENT:
        return Unavailable(f"MongoDB did not finish in time ({_told(error)}): try again.")
    return None


def _told(error: PyMongoError) -> str:
    # Behind the first sentence come the timeouts and the topology, at length; behind a command's
    # name comes all that it held.
    text = str(error).partition(" (configured timeouts")[0].partition(", full error")[0]
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
