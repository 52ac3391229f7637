"""Where no fetcher is ever led: every spelling of an address of ours, against a trap there."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from random import Random
from unittest.mock import patch
from urllib.parse import quote

import pytest

from calotype_core.adapters.http.fetcher import HttpFetcher
from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.ports.fetcher import Fetcher, FetchError
from tests.clocks import HastyClock
from tests.shop import Shop
from tests.traps import LOOPBACKS, OTHERS, Answers, Names, Trap

pytestmark = pytest.mark.anyio

# What the client takes for no host's name is refused as such, before its address is.
REFUSALS = {"fetch_forbidden_address", "fetch_bad_url"}


def opened(
    settings: FetchSettings, answers: Answers | None = None
) -> AbstractAsyncContextManager[Fetcher]:
    names = Names(answers) if answers is not None else None
    return HttpFetcher.open(
        settings, clock=HastyClock(), random=Random(0), metrics=MemoryMetrics(), resolver=names
    )


async def code_of(fetcher: Fetcher, url: str, folder: Path) -> str:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url, folder / "file")
    assert not (folder / "file").exists()
    return caught.value.code


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on: its sockets are not asyncio's."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    async with Trap.set_up() as trap:
        yield trap


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """Stands for a host in public: its address alone is allowed."""
    async with Shop.open("127.0.0.2") as shop:
        yield shop


@pytest.fixture
def settings(trap: Trap, shop: Shop) -> FetchSettings:
    return FetchSettings(
        fetch_allowed_networks=(ip_network("127.0.0.2/32"),),
        fetch_ports=(trap.port, shop.port),
        fetch_silence_seconds=1,
    )


async def test_the_trap_works(settings: FetchSettings, trap: Trap, tmp_path: Path) -> None:
    """A fetcher that is allowed to is caught: so the others would be."""
    allowed = replace(settings, fetch_allowed_networks=(ip_network("127.0.0.1/32"),))
    async with opened(allowed) as fetcher:
        await fetcher.fetch(f"http://127.0.0.1:{trap.port}/", tmp_path / "file")
    assert trap.caught == 1


@pytest.mark.parametrize("host", [*LOOPBACKS, *OTHERS])
async def test_no_spelling_leads_in(
    settings: FetchSettings, trap: Trap, tmp_path: Path, host: str
) -> None:
    """However an address is written, no connection is made to it, nor to where it leads."""
    async with opened(settings) as fetcher:
        assert await code_of(fetcher, f"http://{host}:{trap.port}/", tmp_path) in REFUSALS
    assert trap.caught == 0


@pytest.mark.parametrize(
    "host", ["localhost.", "%31%32%37.0.0.1", "127.0.0.1%2f", "0x7f.one", "xn--", "xn--x1-"]
)
async def test_no_name_that_some_know_leads_in(
    settings: FetchSettings, trap: Trap, tmp_path: Path, host: str
) -> None:
    """What one system takes for this machine and another for no name at all is not connected to."""
    async with opened(settings) as fetcher:
        code = await code_of(fetcher, f"http://{host}:{trap.port}/", tmp_path)
    assert code in {*REFUSALS, "fetch_unreachable"}
    assert trap.caught == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}\\@shop.example/",
        "http://shop.example\\@127.0.0.1:{port}/",
        "http://shop.example@127.0.0.1:{port}/",
        "http://shop.example:80@127.0.0.1:{port}/",
        "http://shop.example#@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@shop.example/",
        "http://127.0.0.1:{port}?@shop.example/",
        "http://shop.example%2f@127.0.0.1:{port}/",
        "http://shop.example\t@127.0.0.1:{port}/",
        "http:127.0.0.1:{port}/",
        "http:/127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "http://127.0.0.1:{port}:80/",
        "http://[127.0.0.1]:{port}/",
        "gopher://127.0.0.1:{port}/",
        "HTTP://127.0.0.1:{port}/",
    ],
)
async def test_no_trick_of_parsers_leads_in(
    settings: FetchSettings, trap: Trap, tmp_path: Path, url: str
) -> None:
    """What two parsers take for two hosts is fetched from neither."""
    async with opened(settings, {"shop.example": [["127.0.0.1"]]}) as fetcher:
        assert await code_of(fetcher, url.format(port=trap.port), tmp_path) in REFUSALS
    assert trap.caught == 0


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1"]]
)
async def test_a_name_does_not_lead_in(
    settings: FetchSettings, trap: Trap, tmp_path: Path, addresses: list[str]
) -> None:
    """A name is as good as the addresses that it leads to."""
    async with opened(settings, {"inner.example": [addresses]}) as fetcher:
        code = await code_of(fetcher, f"http://inner.example:{trap.port}/", tmp_path)
    assert (code, trap.caught) == ("fetch_forbidden_address", 0)


async def test_the_next_address_does_not_lead_in(
    settings: FetchSettings, trap: Trap, tmp_path: Path
) -> None:
    """Where a public address takes no connection, the private one beside it is not tried."""
    async with opened(settings, {"both.example": [["127.0.0.2", "127.0.0.1"]]}) as fetcher:
        code = await code_of(fetcher, f"http://both.example:{trap.port}/", tmp_path)
    assert (code, trap.caught) == ("fetch_forbidden_address", 0)


async def test_a_name_that_changes_its_mind(
    settings: FetchSettings, trap: Trap, shop: Shop, tmp_path: Path
) -> None:
    """A name that led to a public address before is looked at anew when it leads to a private."""
    answers = {"fickle.example": [["127.0.0.2"], ["127.0.0.1"]]}
    async with opened(settings, answers) as fetcher:
        await fetcher.fetch(f"http://fickle.example:{shop.port}/p/lamp.jpg", tmp_path / "file")
        (tmp_path / "file").unlink()
        code = await code_of(fetcher, f"http://fickle.example:{trap.port}/", tmp_path)
    assert (code, trap.caught) == ("fetch_forbidden_address", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::1]", "inner.example"])
async def test_a_redirect_does_not_lead_in(
    settings: FetchSettings, trap: Trap, shop: Shop, tmp_path: Path, host: str
) -> None:
    """What a host in public leads to is looked at like what it was led to from."""
    answers = {"inner.example": [["127.0.0.1"]], "localhost": [["127.0.0.1"]]}
    onward = quote(f"http://{host}:{trap.port}/")
    async with opened(settings, answers) as fetcher:
        code = await code_of(fetcher, f"{shop.url}/lead/lamp.jpg?url={onward}", tmp_path)
    assert code in REFUSALS
    assert (sum(shop.visits.values()), trap.caught) == (1, 0)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"])
async def test_metadata_is_never_fetched(
    settings: FetchSettings, tmp_path: Path, host: str
) -> None:
    """Not even where every network is listed."""
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    listed = replace(settings, fetch_allowed_networks=everything, fetch_ports=(80,))
    async with opened(listed) as fetcher:
        code = await code_of(fetcher, f"http://{host}/latest/meta-data/", tmp_path)
    assert code == "fetch_forbidden_address"


async def test_no_proxy_is_asked(
    settings: FetchSettings, trap: Trap, shop: Shop, tmp_path: Path
) -> None:
    """What the environment says of proxies, which would connect in our stead, is not read."""
    proxy = f"http://127.0.0.1:{trap.port}"
    names = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
    with patch.dict("os.environ", dict.fromkeys(names, proxy)):
        async with opened(settings) as fetcher:
            await fetcher.fetch(f"{shop.url}/p/lamp.jpg", tmp_path / "file")
    assert trap.caught == 0
