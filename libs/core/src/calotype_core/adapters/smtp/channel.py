import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as HEADERS
from email.utils import format_datetime
from typing import cast

from aiosmtplib import SMTP, SMTPException

from calotype_core.adapters.smtp.errors import (
    SmtpBadCredentialsError,
    SmtpNotEncryptedError,
    smtp_errors,
)
from calotype_core.adapters.smtp.settings import SmtpSettings, addresses_of
from calotype_core.ports.channel import Answer, Channel, Message, excerpt
from calotype_core.ports.clock import Clock

_GOODBYE_SECONDS = 1.0


class SmtpChannel(Channel):
    """Letters through a mail server: one connection a letter, encrypted as the settings say.

    A letter's Message-ID is derived from the message's id, so that mail programs know another try
    for the same. One that some of several addresses were refused for counts as taken, since those
    who got it would get it again.
    """

    def __init__(
        self, settings: SmtpSettings, *, clock: Clock, tls: ssl.SSLContext, hostname: str
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._tls = tls
        self._hostname = hostname
        (self._sender,) = addresses_of(settings.email_from)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: SmtpSettings, *, clock: Clock) -> AsyncIterator["SmtpChannel"]:
        """Make ready; the server is first looked for when there is a letter.

        Raises SettingsError where half of what is needed is set.
        """
        settings.check()
        # Both ask the system, and one of them maybe the network.
        tls = await asyncio.to_thread(ssl.create_default_context)
        hostname = await asyncio.to_thread(socket.getfqdn)
        yield cls(settings, clock=clock, tls=tls, hostname=hostname)

    async def send(self, message: Message) -> Answer:
        """Hand the letter over; see the port."""
        recipients = addresses_of(message.to)
        letter = self._letter(message, recipients).as_bytes()
        client = self._client()
        try:
            with smtp_errors(self._settings):
                async with asyncio.timeout(self._settings.smtp_timeout_seconds):
                    answer = await self._hand_over(client, letter, recipients)
            with suppress(SMTPException, OSError):  # it was taken, whatever comes now
                await client.execute_command(b"QUIT", timeout=_GOODBYE_SECONDS)
        finally:
            _hang_up(client)
        return answer

    def _letter(self, message: Message, recipients: Sequence[Address]) -> EmailMessage:
        letter = EmailMessage(HEADERS)  # it folds and encodes what headers hold, and lets none end
        letter["Subject"] = " ".join(message.subject.split())
        letter["From"] = self._sender
        letter["To"] = recipients
        letter["Date"] = format_datetime(self._clock.now())
        letter["Message-ID"] = f"<{message.message_id}@{self._sender.domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please
        letter.set_content(message.text, cte="quoted-printable")
        letter.add_alternative(message.html, subtype="html", cte="quoted-printable")
        return letter

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._settings.smtp_host,
            port=self._settings.port,
            local_hostname=self._hostname,
            timeout=self._settings.smtp_timeout_seconds,
            use_tls=self._settings.smtp_security == "tls",
            start_tls=False,  # done below, where what goes wrong can be told apart
            tls_context=self._tls,
        )

    async def _hand_over(
        self, client: SMTP, letter: bytes, recipients: Sequence[Address]
    ) -> Answer:
        await client.connect()
        await self._encrypt(client)
        await self._log_in(client)
        to = [one.addr_spec for one in recipients]
        refused, said = await client.sendmail(self._sender.addr_spec, to, letter)
        return Answer(text=_told(said, {who: str(why) for who, why in refused.items()}))

    async def _encrypt(self, client: SMTP) -> None:
        if self._settings.smtp_security != "starttls":
            return
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise SmtpNotEncryptedError(
                f"The mail server at {self._settings.smtp_host}:{self._settings.port} offers no"
                " STARTTLS: look at CALOTYPE_SMTP_PORT and CALOTYPE_SMTP_SECURITY."
            )
        await client.starttls()

    async def _log_in(self, client: SMTP) -> None:
        if not self._settings.smtp_user:
            return
        await client.ehlo()
        if not client.supported_auth_methods:
            raise SmtpBadCredentialsError(
                f"The mail server at {self._settings.smtp_host}:{self._settings.port} takes no"
                " login here: empty CALOTYPE_SMTP_USER, or look at CALOTYPE_SMTP_PORT and"
                " CALOTYPE_SMTP_SECURITY."
            )
        await client.login(self._settings.smtp_user, self._settings.smtp_password)


def _hang_up(client: SMTP) -> None:
    """End the connection at once: a server that is silent would take its time to end TLS."""
    if client.transport is not None:
        cast("asyncio.WriteTransport", client.transport).abort()
    client.close()


def _told(said: str, refused: Mapping[str, str]) -> str:
    return excerpt(
        " ".join([said, *(f"Not taken for {who}: {why}" for who, why in refused.items())])
    )
