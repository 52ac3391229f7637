"""The running product, shared by the tests of a module."""

from collections.abc import Iterator

import httpx
import pytest

from tests.photographs import photograph
from tests.running import Calotype


@pytest.fixture(scope="module")
def calotype(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calotype]:
    """Yield a running product."""
    running = Calotype(data_dir=tmp_path_factory.mktemp("calotype") / "data")
    running.start()
    yield running
    if running.process is not None:
        assert running.stop() == 0, running.log()


@pytest.fixture
def client(calotype: Calotype) -> Iterator[httpx.Client]:
    """Yield an HTTP client of the running product."""
    with calotype.client() as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    """Return a JPEG that is like a photograph: 1600 by 1200, with its camera's EXIF."""
    return photograph(1600, 1200)
