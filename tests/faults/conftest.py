"""One cluster that all faults are played on, and one chronicle of them, told at the end."""

from collections.abc import Iterator

import pytest

from tests.faults.chronicle import Chronicle
from tests.faults.stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Yield a running cluster; it must stop well in the end."""
    with Stage.open(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(scope="session")
def chronicle(request: pytest.FixtureRequest) -> Iterator[Chronicle]:
    """Yield what recoveries are written into."""
    chronicle = Chronicle()
    yield chronicle
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        for line in chronicle.table():
            reporter.write_line(line)
