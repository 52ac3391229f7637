"""What every fetcher promises, of a shop that behaves as well or as badly as it is asked to."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest

from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.errors import CalotypeError, Rejected, Unavailable
from calotype_core.ports.clock import Clock
from calotype_core.ports.fetcher import Fetcher, FetchError
from tests.clocks import HastyClock
from tests.conformance.adapters import FETCHERS, every
from tests.shop import Shop, picture_of

pytestmark = pytest.mark.anyio

OpenFetcher = Callable[[FetchSettings, Clock], AbstractAsyncContextManager[Fetcher]]
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on: its sockets are not asyncio's."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with Shop.open() as shop:
        yield shop


@pytest.fixture
def clock() -> HastyClock:
    return HastyClock()


@pytest.fixture
def settings(shop: Shop) -> FetchSettings:
    return FetchSettings(
        fetch_allowed_networks=LOOPBACK, fetch_ports=(shop.port,), upload_max_bytes=1_000_000
    )


@pytest.fixture(params=every(FETCHERS))
def open_fetcher(request: pytest.FixtureRequest) -> OpenFetcher:
    opener: OpenFetcher = request.param
    return opener


@pytest.fixture
async def fetcher(
    open_fetcher: OpenFetcher, settings: FetchSettings, clock: HastyClock
) -> AsyncIterator[Fetcher]:
    async with open_fetcher(settings, clock) as fetcher:
        yield fetcher


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


async def refusal(fetcher: Fetcher, url: str, folder: Path) -> FetchError:
    """Return the error that a fetch ends with, once it is proved to be one for people to read."""
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url, folder / "file")
    assert names_in(folder) == []
    error = caught.value
    assert 0 < len(error.message) <= 200
    assert "secret" not in error.message
    assert not isinstance(error, Unavailable)
    assert isinstance(error, Rejected) != error.retry
    return error


async def test_a_file_comes_whole(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """The bytes are in the file, and their number and SHA-256 in the answer."""
    fetched = await fetcher.fetch(f"{shop.url}/p/lamp.jpg", tmp_path / "file")
    data = (tmp_path / "file").read_bytes()
    assert data == picture_of("lamp.jpg")
    assert (fetched.size_bytes, fetched.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert fetched.url == f"{shop.url}/p/lamp.jpg"
    assert names_in(tmp_path) == ["file"]


async def test_a_url_of_any_alphabet(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """Letters beyond ASCII, percent signs and queries arrive as a browser sends them."""
    await fetcher.fetch(f"{shop.url}/p/grün%20und%2Fblau.jpg?größe=1#oben", tmp_path / "file")
    (asked,) = shop.asked
    assert asked.raw_path == "/p/gr%C3%BCn%20und%2Fblau.jpg?gr%C3%B6%C3%9Fe=1"


async def test_who_we_say_we_are(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """A host is told who asks, and for what; no cookie of its own is ever brought back to it."""
    for number in range(2):
        await fetcher.fetch(f"{shop.url}/p/{number}", tmp_path / "file")
    for asked in shop.asked:
        assert asked.headers["User-Agent"].startswith("Calotype/")
        assert asked.headers["Accept"].startswith("image/*")
        assert "Cookie" not in asked.headers
        assert "Referer" not in asked.headers


async def test_redirects_are_followed(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """Three redirects lead to the file, and its own URL is told; a fourth is one too many."""
    fetched = await fetcher.fetch(f"{shop.url}/redirect/3/lamp.jpg", tmp_path / "file")
    assert fetched.url == f"{shop.url}/p/lamp.jpg"
    (tmp_path / "file").unlink()
    for path in ("/redirect/4/lamp.jpg", "/loop/lamp.jpg"):
        error = await refusal(fetcher, shop.url + path, tmp_path)
        assert (error.code, error.retry) == ("fetch_too_many_redirects", False)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw-deflate"])
async def test_what_is_packed_is_unpacked(
    fetcher: Fetcher, shop: Shop, tmp_path: Path, encoding: str
) -> None:
    """A file that comes compressed, though nobody asked for that, is what it was before."""
    await fetcher.fetch(f"{shop.url}/packed/{encoding}/lamp.jpg", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == picture_of("lamp.jpg")


async def test_a_made_up_encoding_is_none(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """Where the header says what is not so, the content decides."""
    await fetcher.fetch(f"{shop.url}/packed/binary/lamp.jpg", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == picture_of("lamp.jpg")


async def test_the_content_is_not_looked_into(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """What it is, is decided by who opens it: a page comes like a picture."""
    await fetcher.fetch(f"{shop.url}/page/lamp.jpg", tmp_path / "file")
    assert (tmp_path / "file").read_bytes().startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/status/404/lamp.jpg", "fetch_not_found"),
        ("/status/410/lamp.jpg", "fetch_not_found"),
        ("/status/401/lamp.jpg", "fetch_refused"),
        ("/status/403/lamp.jpg", "fetch_refused"),
        ("/status/418/lamp.jpg", "fetch_refused"),
        ("/status/204/lamp.jpg", "fetch_empty"),
        ("/status/206/lamp.jpg", "fetch_bad_response"),
        ("/status/304/lamp.jpg", "fetch_bad_response"),
        ("/empty/lamp.jpg", "fetch_empty"),
        ("/lead/lamp.jpg", "fetch_bad_response"),
        ("/lead/lamp.jpg?url=ftp://127.0.0.1/", "fetch_bad_url"),
        ("/lead/lamp.jpg?url=//secret:secret@127.0.0.1/", "fetch_bad_url"),
        ("/lead/lamp.jpg?url=http://127.0.0.1:22/", "fetch_bad_url"),
        ("/babble/lamp.jpg", "fetch_bad_response"),
        ("/ramble/lamp.jpg", "fetch_bad_response"),
        ("/pour/lamp.jpg", "fetch_too_large"),
        ("/bomb/gzip/lamp.jpg", "fetch_too_large"),
        ("/bomb/deflate/lamp.jpg", "fetch_too_large"),
    ],
)
async def test_what_no_retry_helps(
    fetcher: Fetcher, shop: Shop, tmp_path: Path, path: str, code: str
) -> None:
    """What will be the same the next time is asked for once, and named."""
    url = f"{shop.url}{path}{'&' if '?' in path else '?'}token=secret"
    error = await refusal(fetcher, url, tmp_path)
    assert (error.code, error.retry) == (code, False)
    assert sum(shop.visits.values()) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/status/500/lamp.jpg", "fetch_server_error"),
        ("/status/503/lamp.jpg", "fetch_server_error"),
        ("/status/429/lamp.jpg", "fetch_throttled"),
        ("/status/408/lamp.jpg", "fetch_timeout"),
        ("/lie/lamp.jpg?says=100000", "fetch_broken_off"),
        ("/packed/gzip/lamp.jpg?cut=1", "fetch_broken_off"),
    ],
)
async def test_what_may_pass_is_tried_again(
    fetcher: Fetcher, shop: Shop, tmp_path: Path, path: str, code: str
) -> None:
    """What may be otherwise the next time is asked for three times."""
    error = await refusal(fetcher, shop.url + path, tmp_path)
    assert (error.code, error.retry) == (code, True)
    assert sum(shop.visits.values()) == 3


async def test_pauses_grow(fetcher: Fetcher, shop: Shop, tmp_path: Path, clock: HastyClock) -> None:
    """Before each further try there is a pause, longer than the one before, and never the same."""
    await fetcher.fetch(f"{shop.url}/flaky/2/lamp.jpg", tmp_path / "file")
    first, second = clock.slept
    assert 0 < first <= 0.5 <= second <= 1


async def test_a_retry_succeeds(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """A host that fails twice gives its file the third time."""
    await fetcher.fetch(f"{shop.url}/flaky/2/lamp.jpg", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == picture_of("lamp.jpg")


async def test_a_date_says_as_much(
    fetcher: Fetcher, shop: Shop, tmp_path: Path, clock: HastyClock
) -> None:
    """Retry-After may be a time of day; what is neither is not heeded."""
    date = quote(format_datetime(clock.now() + timedelta(seconds=100), usegmt=True))
    await fetcher.fetch(f"{shop.url}/flaky/1/lamp.jpg?after={date}", tmp_path / "file")
    assert 95 < max(clock.slept) <= 100
    clock.slept.clear()
    await fetcher.fetch(f"{shop.url}/flaky/1/sofa.jpg?after=soon", tmp_path / "file")
    (tmp_path / "file").unlink()
    beyond = quote("Mon, 01 Jan 2024 00:00:00 +" + "9" * 20)
    await fetcher.fetch(f"{shop.url}/flaky/1/desk.jpg?after={beyond}", tmp_path / "file")
    assert max(clock.slept) < 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_host_is_left_alone_as_it_asks(
    fetcher: Fetcher, shop: Shop, tmp_path: Path, clock: HastyClock, status: int
) -> None:
    """Retry-After is waited for, and does not count as work: it may be longer than a file's."""
    url = f"{shop.url}/flaky/1/lamp.jpg?status={status}&after=100"
    await fetcher.fetch(url, tmp_path / "file")
    assert 95 < max(clock.slept) <= 100


async def test_a_host_that_rests_for_long_is_not_waited_for(
    fetcher: Fetcher, shop: Shop, tmp_path: Path, clock: HastyClock
) -> None:
    """Beyond the bound the file fails at once, and so do the host's others until it is near."""
    error = await refusal(fetcher, f"{shop.url}/flaky/1/lamp.jpg?status=429&after=500", tmp_path)
    assert (error.code, clock.slept) == ("fetch_throttled", [])
    assert (await refusal(fetcher, f"{shop.url}/p/sofa.jpg", tmp_path)).code == error.code
    assert sum(shop.visits.values()) == 1
    clock.put_on(450)
    await fetcher.fetch(f"{shop.url}/p/sofa.jpg", tmp_path / "file")


async def test_those_who_wait_do_not_time_out(
    open_fetcher: OpenFetcher, settings: FetchSettings, shop: Shop, tmp_path: Path
) -> None:
    """However long a host serves one, the next one's time begins with its turn."""
    clock = HastyClock()
    async with open_fetcher(replace(settings, fetch_per_host=1), clock) as fetcher:
        fetching = [
            asyncio.create_task(fetcher.fetch(f"{shop.url}/gated/{name}", tmp_path / name))
            for name in ("lamp", "sofa", "vase")
        ]
        await shop.visited.wait()
        clock.put_on(10 * settings.fetch_seconds)
        shop.opening.set()
        await asyncio.gather(*fetching)
    assert shop.most_guests == 1


async def test_one_host_does_not_hold_up_another(
    open_fetcher: OpenFetcher, settings: FetchSettings, shop: Shop, tmp_path: Path
) -> None:
    """While one host keeps all whom it serves waiting, another serves at once."""
    async with (
        Shop.open("127.0.0.2", shop.port) as other,
        open_fetcher(replace(settings, fetch_per_host=2), HastyClock()) as fetcher,
    ):
        fetching = [
            asyncio.create_task(fetcher.fetch(f"{shop.url}/gated/{name}", tmp_path / name))
            for name in "abcdef"
        ]
        await fetcher.fetch(f"{other.url}/p/lamp.jpg", tmp_path / "file")
        async with asyncio.timeout(30):
            for _ in iter(lambda: shop.guests, 2):  # who is to be kept waiting has to come first
                await asyncio.sleep(0.01)
        shop.opening.set()
        await asyncio.gather(*fetching)
    assert shop.most_guests == 2


@pytest.mark.parametrize("path", ["/silent/lamp.jpg", "/drip/lamp.jpg?every=0.05"])
async def test_slowness_is_bounded(
    open_fetcher: OpenFetcher, settings: FetchSettings, shop: Shop, tmp_path: Path, path: str
) -> None:
    """A host that says nothing, or a byte now and then, costs its one file."""
    hurried = replace(settings, fetch_seconds=1.5, fetch_silence_seconds=0.3)
    async with open_fetcher(hurried, HastyClock()) as fetcher:
        error = await refusal(fetcher, shop.url + path, tmp_path)
        assert (error.code, error.retry) == ("fetch_timeout", True)
        await fetcher.fetch(f"{shop.url}/p/sofa.jpg", tmp_path / "file")


async def test_nobody_is_there(fetcher: Fetcher, shop: Shop, tmp_path: Path) -> None:
    """A closed port, or a name that leads nowhere, may be open, or lead somewhere, later."""
    for host in ("127.0.0.9", "nobody.invalid"):
        error = await refusal(fetcher, f"http://{host}:{shop.port}/lamp.jpg", tmp_path)
        assert (error.code, error.retry) == ("fetch_unreachable", True)
        assert host in error.message


async def test_a_cancelled_fetch_leaves_nothing(
    fetcher: Fetcher, shop: Shop, tmp_path: Path
) -> None:
    """Who gives up in the middle finds no file, and the host's turn is free again."""
    fetching = asyncio.create_task(fetcher.fetch(f"{shop.url}/drip/lamp.jpg", tmp_path / "file"))
    await shop.visited.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert names_in(tmp_path) == []


async def test_a_folder_that_cannot_be_written(
    fetcher: Fetcher, shop: Shop, tmp_path: Path
) -> None:
    """Where there is no room here, the URL is not to blame: what is Unavailable is waited for."""
    with pytest.raises(CalotypeError) as caught:
        await fetcher.fetch(f"{shop.url}/p/lamp.jpg", tmp_path / "missing" / "file")
    assert isinstance(caught.value, Unavailable)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lamp.jpg",
        "//127.0.0.1/lamp.jpg",
        "ftp://127.0.0.1/lamp.jpg",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http://",
        "http:///lamp.jpg",
        "http://secret@127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1/a\nb",
        "http://127.0.0.1/a\0b",
        "http://127.0.0.1:22/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://exa mple.com/",
        "https://example.com/" + "a" * 3000,
    ],
)
async def test_what_is_no_url(fetcher: Fetcher, tmp_path: Path, url: str) -> None:
    """What nobody could fetch is refused unasked."""
    error = await refusal(fetcher, url, tmp_path)
    assert (error.code, error.retry) == ("fetch_bad_url", False)
