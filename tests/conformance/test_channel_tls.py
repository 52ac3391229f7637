"""What a caller of webhooks makes of certificates."""

import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.channel import Channel, NotTakenError
from deploy.services import certificates
from tests.conformance.channels import SETTINGS, message
from tests.receiver import Receiver

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


@asynccontextmanager
async def receiving(papers: Path, host: str) -> AsyncIterator[Receiver]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(papers / "server.pem")
    async with Receiver.open(host, tls=tls) as receiver:
        yield receiver


def opened() -> AbstractAsyncContextManager[Channel]:
    strict = replace(SETTINGS, webhook_allow_http=False)
    return HttpChannel.open(strict, clock=SystemClock())


async def code_of(url: str) -> tuple[str, bool]:
    async with opened() as channel:
        with pytest.raises(NotTakenError) as caught:
            await channel.send(message(url))
    return caught.value.code, caught.value.silent


async def test_a_trusted_endpoint_is_called(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE names certificates to trust, as it does everywhere."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "ca.pem"))
    async with receiving(papers, "127.0.0.1") as receiver, opened() as channel:
        answer = await channel.send(message(f"{receiver.url}/ok/a"))
    assert (answer.status, len(receiver.received)) == (200, 1)


async def test_an_unknown_certificate(papers: Path) -> None:
    """An endpoint that nobody vouches for is told nothing."""
    async with receiving(papers, "127.0.0.1") as receiver:
        assert await code_of(f"{receiver.url}/ok/a") == ("endpoint_bad_certificate", False)
    assert receiver.received == []


async def test_somebody_elses_certificate(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of another name proves nothing."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "ca.pem"))
    async with receiving(papers, "127.0.0.2") as receiver:
        assert await code_of(f"{receiver.url}/ok/a") == ("endpoint_bad_certificate", False)
    assert receiver.received == []


async def test_an_endpoint_that_does_not_speak_tls() -> None:
    """What answers an https URL in plain text may be mended."""
    async with Receiver.open() as plain:
        code = await code_of(f"https://127.0.0.1:{plain.port}/ok/a")
    assert code == ("endpoint_unreachable", True)
    assert plain.received == []
