import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from minio import Minio
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as SilenceError

from calotype_core.adapters.s3.errors import store_errors
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 16
CHECK_PREFIX = "check/"  # nothing is kept here, so that every service may be let list it
_BUSY = (
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


class _Patience(Retry):
    """Try again what was refused or broken off, which is quick, but not what was met by silence."""

    def increment(self, *args: object, **kwargs: object) -> Self:
        error = kwargs.get("error")
        if isinstance(error, Exception) and _is_silence(error):
            raise error
        return super().increment(*args, **kwargs)  # type: ignore[arg-type]  # as they came


class S3Connection:
    """A way to one bucket: a signing client, and threads for its calls, which block.

    Belongs to the event loop that opened it; leaving the context finishes the calls under way.
    """

    def __init__(self, settings: S3Settings, http: PoolManager) -> None:
        self.bucket = settings.s3_bucket
        self.region = settings.s3_region
        self.client = client_of(settings, settings.s3_endpoint, http)
        self._endpoint = settings.s3_endpoint
        self._http = http
        self._threads = ThreadPoolExecutor(THREADS, "s3")

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: S3Settings) -> AsyncIterator["S3Connection"]:
        """Open the connection; nothing is asked of the store yet. Raises Unavailable."""
        connection = cls(settings, await asyncio.to_thread(_http, settings))
        try:
            yield connection
        finally:
            await asyncio.to_thread(connection._close)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work on a thread and return its result.

        A caller that is cancelled leaves the thread to finish. Raises the errors of the port.
        """
        return await self.submit(work, *args, **kwargs)

    def submit(
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> "asyncio.Future[T]":
        """Have a thread run work, and return what becomes of it."""

        def told() -> T:
            with store_errors(self._endpoint):
                return work(*args, **kwargs)

        return asyncio.get_running_loop().run_in_executor(self._threads, told)

    def later(self, work: Callable[[], None]) -> None:
        """Have a thread run work that nobody waits for."""
        try:
            self._threads.submit(work)
        except RuntimeError:  # the connection was closed before
            work()

    async def check(self) -> None:
        """Return where the store answers, knows the key and has the bucket; raises Unavailable."""
        await self.run(self._look)

    def _look(self) -> None:
        listing = self.client.list_objects(self.bucket, CHECK_PREFIX, recursive=True)
        next(listing, None)

    def _close(self) -> None:
        self._threads.shutdown()
        self._http.clear()


def client_of(settings: S3Settings, endpoint: str, http: PoolManager | None = None) -> Minio:
    """Return a client that signs as the settings say, for the store at this address."""
    url = urlsplit(endpoint)
    client = Minio(
        url.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        secure=url.scheme == "https",
        region=settings.s3_region,
        http_client=http,
    )
    if settings.s3_addressing == "virtual":
        client.enable_virtual_style_endpoint()  # type: ignore[no-untyped-call]  # minio's gap
    else:
        client.disable_virtual_style_endpoint()  # type: ignore[no-untyped-call]  # as above
    return client


def _http(settings: S3Settings) -> PoolManager:
    # A reader keeps its connection for as long as its own reader takes, so that there may be more
    # of them than threads; those above maxsize are closed after use instead of kept.
    seconds = settings.s3_timeout_seconds
    return PoolManager(
        maxsize=THREADS,
        block=False,
        timeout=Timeout(connect=seconds, read=seconds),
        retries=_Patience(
            total=2,
            other=0,
            redirect=0,
            status_forcelist=_BUSY,
            backoff_factor=0.2,
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        ssl_context=_trust(settings),
    )


def _trust(settings: S3Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.s3_ca_file)
    except OSError as error:  # an SSLError is one too
        raise Unavailable(
            f"CALOTYPE_S3_CA_FILE: cannot take certificates from {settings.s3_ca_file} ({error})."
        ) from error


def _is_silence(error: Exception) -> bool:
    if isinstance(error, NewConnectionError):  # refused at once, though it is called a timeout
        return False
    if isinstance(error, ProtocolError):  # silence while we were sending
        return any(isinstance(one, TimeoutError) for one in error.args)
    return isinstance(error, SilenceError)
