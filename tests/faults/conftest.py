"""One cluster that all faults are played on, and one chronicle of them, told at the end."""

from collections.abc import Iterator

import pytest

from tests.faults.chronicle import Chronicle
from tests.faults.stage import Stage

_CHRONICLE = pytest.StashKey[Chronicle]()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Yield a running cluster; it must stop well in the end."""
    with Stage.open(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(scope="session")
def chronicle(pytestconfig: pytest.Config) -> Chronicle:
    """Return what recoveries are written into."""
    return pytestconfig.stash.setdefault(_CHRONICLE, Chronicle())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell how long the ways back to work were."""
    if _CHRONICLE in config.stash:
        for line in config.stash[_CHRONICLE].table():
            terminalreporter.write_line(line)
