"""The running product, shared by the tests of a module."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.clustered import Cluster
from tests.photographs import photograph
from tests.running import Calotype, Product, ShopProcess

MODES: dict[str, Callable[..., Product]] = {"standalone": Calotype, "cluster": Cluster}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(
    scope="module", params=["standalone", pytest.param("cluster", marks=pytest.mark.cluster)]
)
def calotype(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """Yield a running product, in one process and then in many: no client may tell."""
    running = MODES[request.param](tmp_path_factory.mktemp("calotype") / "data")
    running.start()
    yield running
    if running.is_running():
        assert running.stop() == 0, running.log()


@pytest.fixture(
    scope="module", params=["standalone", pytest.param("cluster", marks=pytest.mark.cluster)]
)
def fetching(
    request: pytest.FixtureRequest, shop: ShopProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """Yield a running product that may fetch from the shop."""
    folder = tmp_path_factory.mktemp("fetching") / "data"
    running = MODES[request.param](folder, shop.allowed)
    running.start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calotype]:
    """Yield the running all-in-one, for what only it has: a data folder."""
    running = Calotype(tmp_path_factory.mktemp("standalone") / "data")
    running.start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Calotype]]:
    """Yield a function that starts a product of its own, with settings."""
    running: list[Calotype] = []

    def start(**environ: str) -> Calotype:
        running.append(Calotype(data_dir=tmp_path / f"data{len(running)}", environ=environ))
        running[-1].start()
        return running[-1]

    yield start
    for one in running:
        if one.process is not None:
            assert one.stop() == 0, one.log()


@pytest.fixture
def client(calotype: Product) -> Iterator[httpx.Client]:
    """Yield an HTTP client of the running product."""
    with calotype.client() as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    """Return a JPEG that is like a photograph: 1600 by 1200, with its camera's EXIF."""
    return photograph(1600, 1200)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a real browser, without a screen."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("no Chromium on this machine")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()
