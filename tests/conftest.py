from collections.abc import Iterator

import pytest
from hypothesis import settings

from calotype_core import logs
from tests.running import ReceiverProcess, ShopProcess

settings.register_profile("calotype", deadline=None)  # a busy machine is no failure
settings.load_profile("calotype")


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, which is what the services run on."""
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    """Keep expected failures out of the output; a test that reads the log configures its own."""
    logs.configure("json", "critical")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcess]:
    """Yield a web shop whose images can be fetched."""
    running = ShopProcess(tmp_path_factory.mktemp("shop"))
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReceiverProcess]:
    """Yield a receiver of webhooks, which tells what came."""
    running = ReceiverProcess(tmp_path_factory.mktemp("receiver"))
    running.start()
    yield running
    running.kill()
