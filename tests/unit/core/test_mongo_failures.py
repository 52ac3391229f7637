"""What the driver raises, told as ours."""

import pytest
from pymongo import errors

from calotype_core.adapters.mongo.failures import duplicates, translated
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.ports.object_store import StoreFullError

TOPOLOGY = "a:1: refused (configured timeouts: x), Timeout: 1.0s, Topology Description: <…>"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.ServerSelectionTimeoutError(TOPOLOGY), "(a:1: refused): check that it runs"),
        (errors.AutoReconnect("a:1: connection closed"), "CALOTYPE_MONGO_URL"),
        (errors.NetworkTimeout("a:1: timed out"), "CALOTYPE_MONGO_URL"),
        (errors.NotPrimaryError("not primary", {}), "not primary"),
        (errors.ConfigurationError("no such name in DNS"), "no such name in DNS"),
        (errors.OperationFailure("no", 18), "name or password in CALOTYPE_MONGO_URL"),
        (errors.OperationFailure("not authorized", 13), "CALOTYPE_MONGO_DATABASE"),
        (errors.ExecutionTimeout("exceeded time limit", 50), "exceeded time limit"),
        (errors.WTimeoutError("waiting for replication", 64), "waiting for replication"),
        (errors.WriteConcernError("not enough nodes", 100), "not enough nodes"),
        (errors.OperationFailure("WriteConflict", 112), "try again"),
        (errors.InvalidOperation("Cannot use MongoClient after close"), "shutting down"),
    ],
)
def test_what_may_pass_is_unavailable(error: errors.PyMongoError, said: str) -> None:
    """A server that is away, busy or strange is Unavailable, with what came back."""
    told = translated(error, "calotype")
    assert isinstance(told, Unavailable)
    assert said in told.message
    assert "Topology" not in told.message


def test_a_full_disk_is_told_as_such() -> None:
    """A disk without room is told as every store tells it."""
    told = translated(errors.OperationFailure("out of disk space", 14031), "calotype")
    assert isinstance(told, StoreFullError)


@pytest.mark.parametrize(
    "error", [errors.DuplicateKeyError("dup", 11000), errors.OperationFailure("bad command", 9)]
)
def test_answers_and_defects_stay_what_they_are(error: errors.PyMongoError) -> None:
    """An answer is for the adapter, a defect for the log: neither is Unavailable."""
    told = translated(error, "calotype")
    assert told is error
    assert not isinstance(told, CalotypeError)


def bulk(*codes: int, concern: int | None = None) -> errors.BulkWriteError:
    """Return what a bulk write raises whose writes failed with these codes."""
    failed = [{"index": at, "code": code, "errmsg": "no"} for at, code in enumerate(codes)]
    concerns = [] if concern is None else [{"code": concern, "errmsg": "too slow"}]
    return errors.BulkWriteError({"writeErrors": failed, "writeConcernErrors": concerns})


def test_many_writes_are_told_as_one() -> None:
    """What one of many writes met is told as if it had been the only one."""
    assert isinstance(translated(bulk(11000, 14031), "calotype"), StoreFullError)
    assert isinstance(translated(bulk(11000, 112), "calotype"), Unavailable)
    assert isinstance(translated(bulk(11000, concern=64), "calotype"), Unavailable)
    for answer_or_defect in (bulk(11000, 11000), bulk(9)):
        assert translated(answer_or_defect, "calotype") is answer_or_defect


def test_what_was_known_of_many_writes() -> None:
    """Those that were known are told by their place, a defect among them is raised."""
    assert list(duplicates(bulk(11000, 11000))) == [0, 1]
    for defect in (bulk(11000, 9), bulk(11000, concern=9)):
        with pytest.raises(errors.BulkWriteError):
            duplicates(defect)


def test_a_long_story_is_cut() -> None:
    """What a server says at length is told in short: it may hold the whole command."""
    told = translated(errors.OperationFailure("x" * 10_000, 13), "calotype")
    assert len(str(told)) < 500
