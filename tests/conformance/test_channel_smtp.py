"""Letters, as a mail server gets them."""

import asyncio
import shutil
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.smtp.channel import SmtpChannel
from calotype_core.adapters.smtp.settings import Security, SmtpSettings
from calotype_core.ports.channel import Answer, Message, NotTakenError
from calotype_core.settings import SettingsError, load
from deploy.services import certificates
from tests.mail import PASSWORD, USER, Postbox, serving
from tests.unit.notifier.letters import cases

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificates"),
    # Our test server wants a login without TLS, which aiosmtpd finds worth a warning; so do we.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]
MESSAGE = Message(
    message_id="msg_abc",
    event_type="job.finished",
    status="completed",
    to="ops@example.com, Shop <shop@example.com>",
    body="{}",
    subject="spring-sale.csv: 998 of 1,000 images are done, 2 failed",
    text="Dear operator,\n\n998 are done \u2013 2 failed.\n\n-- \nCalotype\n",
    html="<p>998 are done \u2013 <b>2 failed</b>.</p>\n" + "<i>x</i>" * 1_000,
)
NOW = datetime(2026, 11, 25, 20, 33, tzinfo=UTC)


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
def tls(papers: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(papers / "server.pem")
    return context


@pytest.fixture
def trusting(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "ca.pem"))


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def settings_for(box: Postbox, security: Security = "none", **others: str) -> SmtpSettings:
    return load(
        SmtpSettings,
        {
            "CALOTYPE_EMAIL_TO": MESSAGE.to,
            "CALOTYPE_EMAIL_FROM": "Calotype <calotype@images.example>",
            "CALOTYPE_SMTP_HOST": "127.0.0.1",
            "CALOTYPE_SMTP_PORT": str(box.port),
            "CALOTYPE_SMTP_SECURITY": security,
            **others,
        },
    )


def with_login(box: Postbox, security: Security, password: str = PASSWORD) -> SmtpSettings:
    login = {"CALOTYPE_SMTP_USER": USER, "CALOTYPE_SMTP_PASSWORD": password}
    return settings_for(box, security, **login)


@asynccontextmanager
async def scripted(
    script: Callable[[StreamReader, StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Yield the port of a server that goes by the script, whoever comes."""
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        with suppress(OSError, asyncio.CancelledError):
            await script(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in conversations:
            one.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


async def sent(settings: SmtpSettings, message: Message = MESSAGE) -> Answer:
    async with SmtpChannel.open(settings, clock=ManualClock(NOW)) as channel:
        return await channel.send(message)


async def refusal(settings: SmtpSettings, message: Message = MESSAGE) -> NotTakenError:
    with pytest.raises(NotTakenError) as caught:
        await sent(settings, message)
    assert PASSWORD not in repr(caught.value)
    return caught.value


async def test_a_letter_comes_whole(servers: ExitStack) -> None:
    """Both forms arrive as they were written, under one subject, from and to whom it was set."""
    servers.enter_context(serving(box := Postbox()))
    answer = await sent(settings_for(box))
    (letter,) = box.letters
    assert letter["Subject"] == MESSAGE.subject
    assert letter["From"] == "Calotype <calotype@images.example>"
    assert letter["To"] == "ops@example.com, Shop <shop@example.com>"
    assert letter.get_content_type() == "multipart/alternative"
    text, html = letter.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().replace("\r\n", "\n") == MESSAGE.html + "\n"
    assert box.envelopes[0].mail_from == "calotype@images.example"
    assert box.envelopes[0].rcpt_tos == ["ops@example.com", "shop@example.com"]
    assert answer == Answer(text="2.0.0 Kept")


async def test_a_letter_says_what_it_is(servers: ExitStack) -> None:
    """It has a date, says that no person wrote it, and keeps its id on every try."""
    servers.enter_context(serving(box := Postbox()))
    await sent(settings_for(box))
    await sent(settings_for(box))
    first, again = box.letters
    assert parsedate_to_datetime(first["Date"]) == NOW
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == again["Message-ID"] == "<msg_abc@images.example>"


async def test_no_line_of_a_letter_is_too_long(servers: ExitStack) -> None:
    """A line stays within what every server passes on (RFC 5321), whatever is in it."""
    servers.enter_context(serving(box := Postbox()))
    hebrew = "\u05d0" * 120
    await sent(settings_for(box), replace(MESSAGE, subject=hebrew, text=hebrew * 100))
    content = box.envelopes[0].content
    assert isinstance(content, bytes)
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert content.isascii()
    assert box.letters[0]["Subject"] == hebrew


@pytest.mark.parametrize(
    "subject",
    [
        "one\r\nBcc: everybody@example.com",
        "one\n\n<b>two</b>",
        "one\rX: y",
        "\u2028",
        "=?utf-8?q?a?=",
    ],
)
async def test_a_subject_is_one_header(servers: ExitStack, subject: str) -> None:
    """Nothing in a subject becomes a header of its own, another recipient, or the body."""
    servers.enter_context(serving(box := Postbox()))
    await sent(settings_for(box), replace(MESSAGE, subject=subject))
    (letter,) = box.letters
    assert set(letter.keys()) == {
        *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    }
    assert len(letter["Subject"].splitlines()) <= 1
    assert box.envelopes[0].rcpt_tos == ["ops@example.com", "shop@example.com"]


async def test_every_letter_of_ours_arrives_as_it_is_recorded(servers: ExitStack) -> None:
    """Whatever a letter is about, and however hostile its names, its reader gets it unchanged."""
    servers.enter_context(serving(box := Postbox()))
    for name in cases.CASES:
        told = replace(cases.message(name), to=MESSAGE.to)
        await sent(settings_for(box), told)
        letter = box.letters.pop()
        text, html = (one.get_content().replace("\r\n", "\n") for one in letter.iter_parts())
        subject = letter["Subject"].strip()  # it may begin on a line of its own
        assert (subject, text, html) == (told.subject, told.text, told.html)


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_letter_goes_encrypted_and_logged_in(
    servers: ExitStack, tls: ssl.SSLContext, security: Security
) -> None:
    """Before name and password are told, the way is encrypted and the server proved."""
    box = Postbox()
    servers.enter_context(serving(box, tls=tls, starttls=security == "starttls", login=True))
    await sent(with_login(box, security))
    assert box.sessions[0].authenticated
    assert security == "tls" or box.sessions[0].ssl


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("security", ["starttls", "none"])
async def test_a_wrong_password_names_its_variables(
    servers: ExitStack, tls: ssl.SSLContext, security: Security
) -> None:
    """Who set a wrong password learns where, and nobody learns which."""
    box, starttls = Postbox(), security == "starttls"
    servers.enter_context(
        serving(box, tls=tls if starttls else None, starttls=starttls, login=True)
    )
    error = await refusal(with_login(box, security, "wrong-" + PASSWORD))
    assert (error.code, error.retry) == ("smtp_bad_credentials", True)
    assert "CALOTYPE_SMTP_USER and CALOTYPE_SMTP_PASSWORD" in error.message
    assert not box.letters


async def test_a_server_that_takes_no_login_is_told_so() -> None:
    """A name and password that nobody asks for are a mistake to be told of."""
    async with scripted(_plain_greeter) as port:
        error = await refusal(with_login(Postbox(port=port), "none"))
    assert error.code == "smtp_bad_credentials"
    assert "empty CALOTYPE_SMTP_USER" in error.message


async def test_a_login_that_is_wanted_is_told(servers: ExitStack) -> None:
    """Without a name, a server that wants one refuses, and the message says what to set."""
    servers.enter_context(serving(box := Postbox(), login=True))
    error = await refusal(settings_for(box))
    assert (error.code, error.retry) == ("smtp_refused", False)
    assert "CALOTYPE_SMTP_USER" in error.message


async def test_starttls_never_falls_back(servers: ExitStack) -> None:
    """Where encryption was asked for and is not offered, nothing is told, a password least."""
    servers.enter_context(serving(box := Postbox()))
    error = await refusal(with_login(box, "starttls"))
    assert error.code == "smtp_not_encrypted"
    assert "CALOTYPE_SMTP_SECURITY" in error.message
    assert not box.letters


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_stranger_is_not_trusted(
    servers: ExitStack, tls: ssl.SSLContext, security: Security
) -> None:
    """A certificate that nobody we trust has signed ends it, before the letter is shown."""
    box = Postbox()
    servers.enter_context(serving(box, tls=tls, starttls=security == "starttls"))
    error = await refusal(settings_for(box, security))
    assert error.code == "smtp_not_encrypted"
    assert "SSL_CERT_FILE" in error.message
    assert not box.letters


async def test_a_server_that_is_away_is_told_so() -> None:
    """Nobody at the address: another try may do better, and the message says where to look."""
    with serving(box := Postbox()):
        settings = settings_for(box)
    error = await refusal(settings)
    assert (error.code, error.retry, error.silent) == ("smtp_unreachable", True, True)
    assert "CALOTYPE_SMTP_HOST" in error.message


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_silent_server_is_left(security: Security) -> None:
    """A server that takes the connection and says nothing is waited for so long, and no longer."""
    async with scripted(_silent) as port:
        error = await refusal(
            settings_for(Postbox(port=port), security, CALOTYPE_SMTP_TIMEOUT_SECONDS="0.2")
        )
    assert (error.code, error.silent) == ("smtp_unreachable", True)
    assert "0.2 s" in error.message


async def test_a_server_that_drips_is_left() -> None:
    """The whole letter has one deadline: a server that says a little now and then meets it too."""
    async with scripted(_dripping) as port:
        error = await refusal(settings_for(Postbox(port=port), CALOTYPE_SMTP_TIMEOUT_SECONDS="0.5"))
    assert error.code == "smtp_unreachable"


async def test_a_server_that_hangs_up_is_told_so() -> None:
    """A connection that ends in the middle is an answer that did not come."""
    async with scripted(_hanging_up) as port:
        error = await refusal(settings_for(Postbox(port=port)))
    assert (error.code, error.silent) == ("smtp_unreachable", True)


@pytest.mark.parametrize(
    ("answer", "code", "retry"),
    [
        ("550 5.1.1 No such box", "smtp_refused", False),
        ("451 4.7.1 Greylisted", "smtp_deferred", True),
    ],
)
async def test_refused_recipients_are_told(
    servers: ExitStack, answer: str, code: str, *, retry: bool
) -> None:
    """What the server says of the recipients is kept; 4xx means later, 5xx means never."""
    box = Postbox(refuses=dict.fromkeys(["ops@example.com", "shop@example.com"], answer))
    servers.enter_context(serving(box))
    error = await refusal(settings_for(box))
    assert (error.code, error.retry, error.silent) == (code, retry, False)
    assert error.answer.text == answer


async def test_a_letter_that_some_got_was_taken(servers: ExitStack) -> None:
    """One recipient of two refused: the other has it, so that it is not sent again."""
    box = Postbox(refuses={"shop@example.com": "550 5.1.1 No such box"})
    servers.enter_context(serving(box))
    answer = await sent(settings_for(box))
    assert box.envelopes[0].rcpt_tos == ["ops@example.com"]
    assert "Not taken for shop@example.com" in answer.text
    assert "No such box" in answer.text


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"CALOTYPE_EMAIL_FROM": ""}, "CALOTYPE_EMAIL_FROM"),
        ({"CALOTYPE_SMTP_HOST": ""}, "CALOTYPE_SMTP_HOST"),
        ({"CALOTYPE_SMTP_USER": USER}, "CALOTYPE_SMTP_PASSWORD"),
        ({"CALOTYPE_SMTP_PASSWORD": PASSWORD}, "CALOTYPE_SMTP_USER"),
    ],
)
async def test_half_a_configuration_is_none(missing: dict[str, str], named: str) -> None:
    """What is missing is named at the start, rather than found out by the first letter."""
    with pytest.raises(SettingsError) as caught:
        await sent(settings_for(Postbox(port=25), "none", **missing))
    assert str(caught.value).startswith(f"{named}: expected a value")
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["nobody", "a@b, ,c", "a@x.example\r\nBcc: b@x.example", "a b@x.example", "\u05d0@x"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """An address is one that letters can go to, and nothing besides."""
    with pytest.raises(SettingsError, match="CALOTYPE_EMAIL_TO: expected e-mail addresses"):
        load(SmtpSettings, {"CALOTYPE_EMAIL_TO": text})


def test_settings_do_not_show_the_password() -> None:
    """Settings that are printed are printed without it."""
    assert PASSWORD not in repr(with_login(Postbox(port=25), "none"))


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_security(security: Security, port: int) -> None:
    """A port that is not set is the usual one."""
    assert replace(settings_for(Postbox(port=1), security), smtp_port=None).port == port


async def _silent(reader: StreamReader, _: StreamWriter) -> None:
    await reader.read()


async def _dripping(_: StreamReader, writer: StreamWriter) -> None:
    while True:
        writer.write(b"220-wait\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _hanging_up(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    await reader.readline()


async def _plain_greeter(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    while await reader.readline():
        writer.write(b"250 hello\r\n")
