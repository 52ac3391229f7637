"""Faults under load, each several times: whatever was accepted is done once all is well again."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.faults import faults
from tests.faults.chronicle import RUNS, Chronicle
from tests.faults.stage import Stage

pytestmark = [pytest.mark.cluster, pytest.mark.faults]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Yield a cluster that all these faults are played on."""
    with Stage.open(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("name", faults.FAULTS)
def test_withstands(name: str, seed: int, stage: Stage, chronicle: Chronicle) -> None:
    """All that was accepted is done and readable, once; nothing is lost, repeated or left over."""
    chronicle.note(name, stage.withstands(faults.FAULTS[name], Random(seed)))
