"""Labelled steps at which a test has this process die at once, as if its machine were gone.

    CALOTYPE_TEST_DIE_AT=processor.stored:3   the third time that an image's prints are in the store

Nothing happens unless a main armed the process at its start, which it does for that variable alone;
else a step costs one comparison. Every step is listed here: tests go through the list.
"""

import os
import signal
from collections.abc import Mapping
from typing import Final

from calotype_core import logs
from calotype_core.settings import SettingsError

_log = logs.get_logger(__name__)
VARIABLE: Final = "CALOTYPE_TEST_DIE_AT"

# By service, in the order in which an event comes past them.
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "ingest": (
        "ingest.stored",  # an upload is in the store, and not announced
        "ingest.promised",  # it is announced, and not answered
        "ingest.begun",  # a job came, and is not in the ledger
        "ingest.settled",  # it is, and is not committed
        "ingest.handed_out",  # a window of its images is announced, and not in the ledger
    ),
    "processor": (
        "processor.begun",  # the attempt is on record
        "processor.fetched",  # the original is in the scratch folder
        "processor.stored",  # the prints are in the store, and not announced
        "processor.announced",  # the outcome is announced, and the attempt is not forgotten
        "processor.settled",  # it is done, and not committed
    ),
    "query": (
        "query.begun",  # an event came, and is in no record
        "query.projected",  # it is in the image's record, and in no job's
        "query.paged",  # it is in the job's page, and not in the job's counters
        "query.announced",  # a job's end is announced
        "query.settled",  # it is done, and not committed
    ),
    "notifier": (
        "notifier.begun",  # an event came, and nobody is owed anything of it
        "notifier.settled",  # who is owed what is on record, and not committed
        "notifier.taken",  # an endpoint's line is held, and nothing of it is sent
        "notifier.sent",  # a message was taken, which is not on record
        "notifier.recorded",  # it is on record, and the line is still held
    ),
}


class _Fuse:
    """What this process dies of: a step, and how often it still comes past it alive."""

    step: str | None = None
    times: int = 0


def arm(environ: Mapping[str, str]) -> None:
    """Have the process die where the variable says; without it, nothing. Raises SettingsError."""
    if not (wanted := environ.get(VARIABLE)):
        return
    step, _, times = wanted.partition(":")
    if not any(step in steps for steps in STEPS.values()) or not times.isdigit():
        raise SettingsError(f"{VARIABLE}: expected a step and a number (step:3), got {wanted!r}")
    _log.warning("this process will kill itself, for a test", step=step, times=int(times))
    _Fuse.step, _Fuse.times = step, int(times)


def reach(step: str) -> None:
    """Pass the step, or die there."""
    if step != _Fuse.step:
        return
    _Fuse.times -= 1
    if _Fuse.times <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
