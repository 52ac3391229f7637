"""One chronicle of a whole run, told at its end."""

from collections.abc import Iterator

import pytest

from tests.faults.chronicle import Chronicle


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
