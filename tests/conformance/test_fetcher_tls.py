"""What a fetcher makes of certificates, and of hosts that leave TLS."""

import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest

from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.ports.fetcher import Fetcher, FetchError
from deploy.services import certificates
from tests.clocks import HastyClock
from tests.conformance.adapters import FETCHERS
from tests.shop import Shop, picture_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificates"),
]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on: its sockets are not asyncio's."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ca.pem, and server.pem that it has signed for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("papers")
    certificates.make(folder)
    return folder


@pytest.fixture
async def shop(papers: Path) -> AsyncIterator[Shop]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(papers / "server.pem")
    async with Shop.open("127.0.0.1", tls=tls) as shop:
        yield shop


@pytest.fixture
def settings(shop: Shop) -> FetchSettings:
    return FetchSettings(
        fetch_allowed_networks=(ip_network("127.0.0.0/8"),), fetch_ports=(shop.port,)
    )


def opened(settings: FetchSettings) -> AbstractAsyncContextManager[Fetcher]:
    return FETCHERS["http"](settings, HastyClock())


async def code_of(settings: FetchSettings, url: str, folder: Path) -> tuple[str, bool]:
    async with opened(settings) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(url, folder / "file")
    return caught.value.code, caught.value.retry


async def test_a_trusted_host_is_fetched_from(
    settings: FetchSettings,
    papers: Path,
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SSL_CERT_FILE names certificates to trust, as it does everywhere."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "ca.pem"))
    async with opened(settings) as fetcher:
        await fetcher.fetch(f"{shop.url}/p/lamp.jpg", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == picture_of("lamp.jpg")


async def test_an_unknown_certificate(settings: FetchSettings, shop: Shop, tmp_path: Path) -> None:
    """A host that nobody vouches for is not fetched from, now or later, and not asked."""
    code = await code_of(settings, f"{shop.url}/p/lamp.jpg", tmp_path)
    assert code == ("fetch_bad_certificate", False)
    assert not shop.visits


async def test_somebody_elses_certificate(
    settings: FetchSettings, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of another name proves nothing."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "ca.pem"))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(papers / "server.pem")
    async with Shop.open("127.0.0.2", tls=tls) as other:
        wider = replace(settings, fetch_ports=(other.port,))
        code = await code_of(wider, f"{other.url}/p/lamp.jpg", tmp_path)
    assert code == ("fetch_bad_certificate", False)


async def test_a_host_that_leaves_tls(
    settings: FetchSettings,
    papers: Path,
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A redirect from https to http is not followed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "ca.pem"))
    async with Shop.open() as plain:
        wider = replace(settings, fetch_ports=(shop.port, plain.port))
        url = f"{shop.url}/lead/lamp.jpg?url={quote(plain.url + '/p/lamp.jpg')}"
        assert await code_of(wider, url, tmp_path) == ("fetch_downgraded", False)
        assert not plain.visits


async def test_a_host_that_does_not_speak_tls(settings: FetchSettings, tmp_path: Path) -> None:
    """What answers an https URL in plain text may be mended."""
    async with Shop.open() as plain:
        wider = replace(settings, fetch_ports=(plain.port,))
        url = f"https://127.0.0.1:{plain.port}/p/lamp.jpg"
        assert await code_of(wider, url, tmp_path) == ("fetch_unreachable", True)
