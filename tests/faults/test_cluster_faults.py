"""Faults under load, each several times: whatever was accepted is done once all is well again."""

from random import Random

import pytest

from calotype_core import topology
from calotype_core.failpoints import STEPS
from tests.faults import faults
from tests.faults.chronicle import RUNS, Chronicle
from tests.faults.stage import Stage

pytestmark = [pytest.mark.cluster, pytest.mark.faults]

# One step of each service at a time: the services have groups of their own.
ROUNDS = [*zip(*STEPS.values(), strict=True)]
# What a stop must not have anybody do twice.
ONCE = {
    topology.IMAGES_ACCEPTED,
    topology.IMAGES_FINISHED,
    topology.BULK_ACCEPTED,
    topology.BULK_FINISHED,
}


@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("name", faults.FAULTS)
def test_withstands(name: str, seed: int, stage: Stage, chronicle: Chronicle) -> None:
    """All that was accepted is done and readable, once; nothing is lost, repeated or left over."""
    chronicle.note(name, stage.withstands(faults.FAULTS[name], Random(seed)))


@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("steps", ROUNDS, ids="+".join)
def test_withstands_a_kill_at(
    steps: tuple[str, ...], seed: int, stage: Stage, chronicle: Chronicle
) -> None:
    """A process that dies at a step, which it reaches, leaves nothing that is not done later."""
    fault = faults.killed_at(dict(zip(STEPS, steps, strict=True)))
    chronicle.note("killed at a labelled step", stage.withstands(fault, Random(seed)))


@pytest.mark.parametrize("seed", range(RUNS))
def test_an_orderly_stop_redelivers_nothing(seed: int, stage: Stage, chronicle: Chronicle) -> None:
    """What SIGTERM ends in the middle of work is neither left half done nor done twice."""
    before = stage.event_ids(ONCE)
    chronicle.note("stopped in order", stage.withstands(faults.stopped_in_order, Random(seed)))
    after = stage.event_ids(ONCE)
    assert [one for one, times in after.items() if times > 1 and one not in before] == []


@pytest.mark.parametrize("seed", range(max(1, RUNS // 3)))
def test_withstands_a_minute_without_a_broker(
    seed: int, stage: Stage, chronicle: Chronicle
) -> None:
    """A minute's outage of the log loses nothing, and all goes on when it is back."""
    back = stage.withstands(faults.broker_away_for_a_minute, Random(seed))
    chronicle.note("broker away for a minute", back)
