"""Steps to die at: off unless a test asked for them, and never by mistake."""

import subprocess
import sys
from signal import SIGKILL

import pytest

from calotype_core import failpoints
from calotype_core.settings import SettingsError

PROGRAM = """
import os
from calotype_core import failpoints
if {armed}:
    failpoints.arm(os.environ)
for number in range(5):
    failpoints.reach("ingest.stored")
    failpoints.reach("query.begun")
    print(number, flush=True)
"""


def outcome(*, armed: bool) -> tuple[int, list[str]]:
    """Return how a process ends that comes past the step five times, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(armed=armed)],
        env={failpoints.VARIABLE: "ingest.stored:3"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()[-5:]


def test_it_dies_at_the_nth_time() -> None:
    """An armed process is killed as it reaches its step for the third time, not before."""
    code, said = outcome(armed=True)
    assert code == -SIGKILL
    assert said[-1] == "1"


def test_it_lives_where_no_main_armed_it() -> None:
    """The variable alone does nothing."""
    assert outcome(armed=False) == (0, ["0", "1", "2", "3", "4"])


def test_nothing_happens_without_the_variable() -> None:
    """A process that is armed with nothing passes every step."""
    failpoints.arm({})
    for steps in failpoints.STEPS.values():
        for step in steps:
            failpoints.reach(step)


@pytest.mark.parametrize("wanted", ["ingest.stored", "ingest.stored:", "nowhere:1", "1", ":1"])
def test_what_is_no_step_is_refused(wanted: str) -> None:
    """A start with a step that is none fails and names the variable."""
    with pytest.raises(SettingsError, match="CALOTYPE_TEST_DIE_AT"):
        failpoints.arm({failpoints.VARIABLE: wanted})
