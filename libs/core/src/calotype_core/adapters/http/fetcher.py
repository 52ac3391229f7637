import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import ParamSpec, TypeVar

from aiohttp import ClientResponse, ClientSession, ClientTimeout
from aiohttp.abc import AbstractResolver
from yarl import URL

from calotype_core.adapters.http.budget import Budget
from calotype_core.adapters.http.download import Download, too_large
from calotype_core.adapters.http.failures import told
from calotype_core.adapters.http.politeness import Politeness
from calotype_core.adapters.http.resolver import ThreadedResolver
from calotype_core.adapters.http.responses import REDIRECTS, check_status
from calotype_core.adapters.http.sessions import open_session
from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.adapters.http.urls import as_given, as_led_to, authority_of, host_of
from calotype_core.errors import CalotypeError
from calotype_core.metric_defs import FETCH_SECONDS
from calotype_core.ports.clock import Clock
from calotype_core.ports.fetcher import (
    Fetched,
    Fetcher,
    FetchInterruptedError,
    TooManyRedirectsError,
)
from calotype_core.ports.metrics import Metrics

P = ParamSpec("P")
T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024  # gathered before a thread is asked to write them
THREADS = 8
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds between two tries
_IDLE_SECONDS = 5.0  # that a connection is kept for the next file of its host
_HEADERS = {"Accept": "image/*,*/*;q=0.5"}


class HttpFetcher(Fetcher):
    """Fetches over HTTP/1.1, with and without TLS, never through a proxy, never with cookies.

    Where a connection leads is looked at when it is made, whatever name or redirect led there, and
    one that is used again has passed. A name that leads to a forbidden address as well is refused
    once that address's turn comes. Belongs to the event loop that opened it.
    """

    def __init__(
        self,
        settings: FetchSettings,
        session: ClientSession,
        *,
        clock: Clock,
        random: Random,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock
        self._random = random
        self._metrics = metrics
        self._hosts = Politeness(
            clock=clock,
            at_once=settings.fetch_per_host,
            patience_seconds=settings.fetch_patience_seconds,
        )
        self._threads = ThreadPoolExecutor(THREADS, "fetch-files")

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: FetchSettings,
        *,
        clock: Clock,
        random: Random,
        metrics: Metrics,
        resolver: AbstractResolver | None = None,
    ) -> AsyncIterator["HttpFetcher"]:
        """Open it; nothing is asked of anybody yet. The system's resolver, unless another is given.

        Certificates are checked as open_session says.
        """
        async with open_session(
            resolver or ThreadedResolver(),
            allowed=settings.fetch_allowed_networks,
            timeouts=_timeouts(settings),
            idle_seconds=_IDLE_SECONDS,
            headers=_HEADERS,
        ) as session:
            fetcher = cls(settings, session, clock=clock, random=random, metrics=metrics)
            try:
                yield fetcher
            finally:
                await asyncio.to_thread(fetcher._threads.shutdown)

    async def fetch(self, url: str, into: Path) -> Fetched:
        """See Fetcher."""
        began, outcome = self._clock.monotonic(), "cancelled"
        try:
            fetched = await self._fetch(url, into)
            outcome = "fetched"
        except CalotypeError as error:
            outcome = error.code
            raise
        finally:
            self._metrics.observe(FETCH_SECONDS, self._clock.monotonic() - began, outcome=outcome)
        return fetched

    async def _fetch(self, url: str, into: Path) -> Fetched:
        source = as_given(url, self._settings.fetch_ports)
        budget = Budget(self._clock, self._settings.fetch_seconds)
        tries = 0
        while True:
            tries += 1
            try:
                return await self._try(source, into, budget)
            except FetchInterruptedError as error:
                if tries == self._settings.fetch_tries or not await self._may_pass(
                    error, tries, budget
                ):
                    raise

    async def _may_pass(self, error: FetchInterruptedError, tries: int, budget: Budget) -> bool:
        """Wait until another try may succeed; return False at once where none is worth it.

        As long as the host rests, nobody gets a turn: that is waited for there.
        """
        pause = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2 ** (tries - 1))
        pause *= self._random.uniform(0.5, 1)
        if error.again_in > self._settings.fetch_patience_seconds or pause >= budget.left:
            return False
        async with budget.spending():
            await self._clock.sleep(pause)
        return True

    async def _try(self, source: URL, into: Path, budget: Budget) -> Fetched:
        url = source
        for _ in range(self._settings.fetch_redirects + 1):
            async with self._hosts.turn(authority_of(url)):
                found = await self._ask(url, into, budget)
            if isinstance(found, Fetched):
                return found
            url = found
        raise TooManyRedirectsError(
            f"{host_of(source)} redirects more than {self._settings.fetch_redirects} times: give"
            " the URL that it leads to in the end."
        )

    async def _ask(self, url: URL, into: Path, budget: Budget) -> Fetched | URL:
        """Return the file, or where it is said to be."""
        with told(url, self._settings.fetch_seconds):
            async with budget.spending(), self._session.get(url, allow_redirects=False) as response:
                if response.status in REDIRECTS:
                    location = response.headers.get("Location")
                    return as_led_to(location, url, self._settings.fetch_ports)
                check_status(response, self._clock.now())
                return await self._save(response, into)

    async def _save(self, response: ClientResponse, into: Path) -> Fetched:
        host, most_bytes = host_of(response.url), self._settings.upload_max_bytes
        if (response.content_length or 0) > most_bytes:
            raise too_large(host, most_bytes)
        encoding = response.headers.get("Content-Encoding", "")
        download = Download(into, host=host, encoding=encoding, most_bytes=most_bytes)
        try:
            gathered = bytearray()
            async for chunk in response.content.iter_any():
                gathered += chunk
                if len(gathered) >= BLOCK_BYTES:
                    await self._run(download.write, bytes(gathered))
                    gathered.clear()
            size_bytes, sha256 = await self._run(download.finish, bytes(gathered))
        except BaseException:  # a cancelled caller's too, even if it is cancelled again meanwhile
            await asyncio.shield(self._run(download.discard))
            raise
        return Fetched(size_bytes=size_bytes, sha256=sha256, url=str(response.url))

    def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        def called() -> T:
            return work(*args, **kwargs)

        return asyncio.get_running_loop().run_in_executor(self._threads, called)


def _timeouts(settings: FetchSettings) -> ClientTimeout:
    silence = settings.fetch_silence_seconds
    # Half of it for each of a host's addresses, so that one that is dead leaves time for the next.
    return ClientTimeout(total=None, connect=silence, sock_connect=silence / 2, sock_read=silence)
