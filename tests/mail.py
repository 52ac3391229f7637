"""A mail server that keeps what it is sent, in a thread of its own."""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

T = TypeVar("T")

USER, PASSWORD = "calotype", "s3cret-of-the-mail"
_SECONDS = 10


@dataclass
class Postbox:
    """What came, and the way it came; and whom it has no box for, and how it says so."""

    refuses: dict[str, str] = field(default_factory=dict)
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.refuses.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        assert isinstance(envelope.content, bytes)
        letter = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return "250 2.0.0 Kept"


@contextmanager
def serving(
    box: Postbox, *, tls: ssl.SSLContext | None = None, starttls: bool = False, login: bool = False
) -> Iterator[None]:
    """Serve the box on a free port, which it then knows, until the context ends."""
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(
            box,
            loop=loop,
            hostname="mail.example",
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=_authenticate,
            auth_required=login,
            auth_require_tls=starttls,
        )

    async def listening() -> asyncio.Server:
        whole = None if starttls else tls
        return await loop.create_server(protocol, "127.0.0.1", 0, ssl=whole)

    def there(work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(_SECONDS)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = there(listening())
        box.port = server.sockets[0].getsockname()[1]
        yield
        there(_closed(server))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_SECONDS)
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _authenticate(_: SMTP, __: Session, ___: Envelope, ____: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)
