import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from aiohttp.abc import AbstractResolver
from yarl import URL

from calotype_core.adapters.http.refusals import EndpointBadUrlError, Heard, failure_of, refusal_of
from calotype_core.adapters.http.resolver import ThreadedResolver
from calotype_core.adapters.http.sessions import AddressForbidden, open_session
from calotype_core.adapters.http.settings import WebhookCallSettings
from calotype_core.adapters.http.urls import host_of, understood
from calotype_core.callbacks import form_issue
from calotype_core.domain.signatures import signed
from calotype_core.ports.channel import Answer, Channel, Message
from calotype_core.ports.clock import Clock

ANSWER_BYTES = 4096  # that are read of one
_LOOK_UPS = 64  # at once: one that no name server answers takes a thread for long
# A server may close a connection just as it is used again, and a POST is not sent twice for that.
_IDLE_SECONDS = 1.0
_HEADERS = {"Accept": "*/*", "Content-Type": "application/json; charset=utf-8"}


class HttpChannel(Channel):
    """Calls webhooks over HTTP/1.1 as Standard Webhooks 1.0 has it; a 2xx alone is success.

    Where a connection leads is looked at when it is made, as the fetcher does. No redirect is
    followed. One deadline is for all of a call, its answer's first few kilobytes included: what
    ends before them was not taken. Belongs to the event loop that opened it.
    """

    def __init__(
        self, settings: WebhookCallSettings, session: ClientSession, *, clock: Clock
    ) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: WebhookCallSettings,
        *,
        clock: Clock,
        resolver: AbstractResolver | None = None,
    ) -> AsyncIterator["HttpChannel"]:
        """Open it; nobody is called yet. The system's resolver, unless another is given."""
        async with open_session(
            resolver or ThreadedResolver(_LOOK_UPS),
            allowed=settings.webhook_allowed_networks,
            # Half of it for each of a host's addresses: one that is dead leaves time for the next.
            timeouts=ClientTimeout(total=None, sock_connect=settings.webhook_seconds / 2),
            idle_seconds=_IDLE_SECONDS,
            headers=_HEADERS,
        ) as session:
            yield cls(settings, session, clock=clock)

    async def send(self, message: Message) -> Answer:
        """See Channel."""
        url, seconds, heard = self._url_of(message), self._settings.webhook_seconds, Heard()
        try:
            async with asyncio.timeout(seconds):
                await self._call(url, message, heard)
        except (AddressForbidden, ClientError, TimeoutError) as error:
            if not heard.is_refusal:
                # Their own words may hold the whole URL, and a URL may hold a key.
                raise failure_of(error, host_of(url), seconds, heard.answer()) from None
        if heard.head is not None and heard.is_refusal:
            raise refusal_of(heard.head, heard.answer(), self._clock.now())
        return heard.answer()

    async def _call(self, url: URL, message: Message, heard: Heard) -> None:
        proofs = signed(message.secrets, message.message_id, self._clock.now(), message.body)
        async with self._session.post(
            url, data=message.body.encode(), headers=proofs, allow_redirects=False
        ) as response:
            heard.head = response
            await _hear(response, heard)

    def _url_of(self, message: Message) -> URL:
        if issue := form_issue(message.to, self._settings):
            raise EndpointBadUrlError(f"The webhook cannot be called: {issue}.")
        try:
            return understood(message.to)
        except ValueError as error:
            raise EndpointBadUrlError(f"The webhook cannot be called: {error}") from None


async def _hear(response: ClientResponse, heard: Heard) -> None:
    """Read an answer's beginning; what follows is not waited for, and its connection not kept."""
    while len(heard.beginning) < ANSWER_BYTES:
        piece = await response.content.read(ANSWER_BYTES - len(heard.beginning))
        if not piece:
            return
        heard.beginning += piece
