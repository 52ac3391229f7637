"""What a caller of webhooks makes of endpoints that behave well, or badly in every way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest
from standardwebhooks import Webhook

from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.signatures import new_secret
from calotype_core.ports.channel import EXCERPT_CHARS, Answer, Channel, GoneError
from tests.conformance.channels import SECRET, SETTINGS, message, refusal
from tests.receiver import Receiver
from tests.traps import Names

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on: its sockets are not asyncio's."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    async with HttpChannel.open(SETTINGS, clock=SystemClock()) as channel:
        yield channel


@pytest.fixture
async def hasty() -> AsyncIterator[Channel]:
    """Yield a channel that waits for nobody for long."""
    hasty = replace(SETTINGS, webhook_seconds=2)
    async with HttpChannel.open(hasty, clock=SystemClock()) as channel:
        yield channel


async def test_what_a_receiver_gets(channel: Channel, receiver: Receiver) -> None:
    """A request says what it is, who it is from, and that it is nobody else's."""
    answer = await channel.send(message(f"{receiver.url}/ok/a?b=c"))
    [one] = receiver.received
    assert answer == Answer(status=200, text="taken")
    assert (one.path, one.body) == ("/ok/a?b=c", message("").body)
    assert one.headers["content-type"] == "application/json; charset=utf-8"
    assert one.headers["user-agent"].startswith("Calotype/")
    assert one.headers["webhook-id"] == "msg_one"
    assert one.headers["content-length"] == str(len(one.body.encode()))
    assert not {"cookie", "authorization", "accept-language"} & one.headers.keys()


async def test_each_try_is_signed_anew(channel: Channel, receiver: Receiver) -> None:
    """A later try has the same id and body, with a time and a signature of its own."""
    for _ in range(2):
        await channel.send(message(f"{receiver.url}/ok/a"))
        await asyncio.sleep(1.1)  # the timestamp counts seconds
    first, second = receiver.received
    assert (first.message_id, first.body) == (second.message_id, second.body)
    for changing in ("webhook-timestamp", "webhook-signature"):
        assert first.headers[changing] != second.headers[changing]


async def test_a_rotation(channel: Channel, receiver: Receiver) -> None:
    """While a secret is replaced, those who know the new one and those who do not can verify."""
    newer = new_secret(bytes(32))
    await channel.send(message(f"{receiver.url}/ok/a", secrets=(newer, SECRET)))
    [one] = receiver.received
    for secret in (newer, SECRET):
        Webhook(secret).verify(one.body, one.headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
async def test_success(channel: Channel, receiver: Receiver, status: int) -> None:
    """Any 2xx is success."""
    answer = await channel.send(message(f"{receiver.url}/status/{status}/a"))
    assert answer.status == status


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 418, 500, 502, 503])
async def test_no_success(channel: Channel, receiver: Receiver, status: int) -> None:
    """Nothing else is, and what was answered is kept."""
    error = await refusal(channel, f"{receiver.url}/status/{status}/a")
    assert (error.code, error.answer.status) == ("endpoint_answered_badly", status)
    assert (error.retry, error.silent, error.again_in) == (True, False, 0)
    assert error.answer.text == ("" if status == 304 else "as you wish")


async def test_failing_for_a_while(channel: Channel, receiver: Receiver) -> None:
    """An endpoint that is ill nine times and then well has got one message, ten times."""
    url = f"{receiver.url}/failing/9/a"
    for _ in range(9):
        assert (await refusal(channel, url)).answer == Answer(status=500, text="ill")
    assert await channel.send(message(url)) == Answer(status=200, text="well")
    assert len({one.message_id for one in receiver.received}) == 1
    assert len(receiver.received) == 10


async def test_a_redirect_is_not_followed(channel: Channel, receiver: Receiver) -> None:
    """Whoever is led elsewhere is told so, and nobody there is called."""
    error = await refusal(channel, f"{receiver.url}/redirect/a")
    assert (error.code, error.answer.status) == ("endpoint_answered_badly", 307)
    assert "redirect" in error.message or "not followed" in error.message
    assert len(receiver.received) == 1


async def test_gone(channel: Channel, receiver: Receiver) -> None:
    """An endpoint that is gone says so, once and for all."""
    error = await refusal(channel, f"{receiver.url}/gone/a")
    assert isinstance(error, GoneError)
    assert (error.code, error.retry) == ("endpoint_gone", False)
    assert error.answer == Answer(status=410, text="no more")


@pytest.mark.parametrize(
    ("path", "again_in"),
    [
        ("retry-after/120/a", 120),
        ("retry-after/999999999/a", DAY),
        ("status/503/a?after=7", 7),
        ("status/429/a", 0),
        ("status/429/a?after=soon", 0),
        ("status/429/a?after=" + "9" * 400, 0),
        ("status/429/a?after=" + quote("Mon, 01 Jan 2024 00:00:00 +" + "9" * 20), 0),
        ("status/503/a?after=" + quote("Fri, 31 Dec 9999 23:59:59 GMT"), DAY),
    ],
)
async def test_throttled(channel: Channel, receiver: Receiver, path: str, again_in: float) -> None:
    """An endpoint says when it is to be called again, for a day at most."""
    error = await refusal(channel, f"{receiver.url}/{path}")
    assert (error.code, error.again_in, error.silent) == ("endpoint_throttled", again_in, False)


async def test_a_rest_until_a_date(channel: Channel, receiver: Receiver) -> None:
    """Retry-After may be a date."""
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    error = await refusal(channel, f"{receiver.url}/status/429/a?after={quote(until)}")
    assert 3000 < error.again_in <= 3600


async def test_any_refusal_may_ask_for_rest(channel: Channel, receiver: Receiver) -> None:
    """An endpoint that is ill and says until when is believed, too."""
    error = await refusal(channel, f"{receiver.url}/status/500/a?after=60")
    assert (error.code, error.again_in) == ("endpoint_answered_badly", 60)


@pytest.mark.parametrize(("path", "status"), [("never", None), ("slow/30", None), ("drip", 200)])
async def test_slowness(hasty: Channel, receiver: Receiver, path: str, status: int | None) -> None:
    """An endpoint that never answers, or does not come to an end, is left after the deadline."""
    error = await refusal(hasty, f"{receiver.url}/{path}/a?every=0.1")
    assert (error.code, error.silent) == ("endpoint_timeout", True)
    assert error.answer.status == status


async def test_a_little_slowness(channel: Channel, receiver: Receiver) -> None:
    """An endpoint may take its time within the deadline."""
    assert (await channel.send(message(f"{receiver.url}/slow/0.5/a"))).status == 200


@pytest.mark.parametrize(("path", "status"), [("hang-up", None), ("close", 200)])
async def test_a_connection_that_ends(
    channel: Channel, receiver: Receiver, path: str, status: int | None
) -> None:
    """An endpoint that closes before its answer is whole has not taken the message."""
    error = await refusal(channel, f"{receiver.url}/{path}/a")
    assert (error.code, error.answer.status) == ("endpoint_broken_off", status)


async def test_a_refusal_stays_one(channel: Channel, receiver: Receiver) -> None:
    """A status that says no counts, though the rest of the answer does not come."""
    assert (await refusal(channel, f"{receiver.url}/close/a?status=410")).code == "endpoint_gone"


async def test_an_answer_without_end(channel: Channel, receiver: Receiver) -> None:
    """Of an answer that goes on and on the beginning is read, and that will do."""
    answer = await channel.send(message(f"{receiver.url}/pour/a"))
    assert answer.status == 200
    assert len(answer.text) <= EXCERPT_CHARS


async def test_a_long_refusal(channel: Channel, receiver: Receiver) -> None:
    """An excerpt is kept of what a refusal says at length."""
    error = await refusal(channel, f"{receiver.url}/status/500/a?words=100000")
    assert len(error.answer.text) == EXCERPT_CHARS


async def test_a_compressed_answer(channel: Channel, receiver: Receiver) -> None:
    """What nobody asked to be compressed is not unpacked, and not kept."""
    answer = await channel.send(message(f"{receiver.url}/packed/a"))
    assert answer == Answer(status=200)


@pytest.mark.parametrize("path", ["babble", "ramble"])
async def test_no_http(channel: Channel, receiver: Receiver, path: str) -> None:
    """What is no answer, or has a head without end, is a bad answer."""
    error = await refusal(channel, f"{receiver.url}/{path}/a")
    assert error.code == "endpoint_answered_badly"


async def test_one_that_is_dead_holds_up_no_other(channel: Channel, receiver: Receiver) -> None:
    """Whoever is called beside those who never answer is not waited for any longer."""
    dead = [
        asyncio.create_task(channel.send(message(f"{receiver.url}/never/{number}")))
        for number in range(100)
    ]
    try:
        assert (await channel.send(message(f"{receiver.url}/ok/a"))).status == 200
        assert not any(one.done() for one in dead)
    finally:
        for one in dead:
            one.cancel()
        await asyncio.gather(*dead, return_exceptions=True)


@pytest.mark.parametrize(
    "raw",
    [
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        "HTTP/1.1 101 So\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nhello",
        "HTTP/1.1 999 So\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 99 So\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 307 So\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_answers_that_break_the_rules(channel: Channel, receiver: Receiver, raw: str) -> None:
    """What no server should say is no success, and no fault of ours."""
    error = await refusal(channel, f"{receiver.url}/raw/a?answer={quote(raw)}")
    assert error.code in {"endpoint_answered_badly", "endpoint_broken_off"}


@pytest.mark.parametrize("host", ["nowhere.example", "xn--", "xn--x1-", "a..example", "a" * 70])
async def test_a_name_without_an_address(host: str) -> None:
    """A name that leads nowhere just now may lead somewhere later, however odd it looks."""
    async with HttpChannel.open(SETTINGS, clock=SystemClock(), resolver=Names({})) as channel:
        error = await refusal(channel, f"http://{host}/ok")
    assert (error.code, error.silent, error.retry) == ("endpoint_unreachable", True, True)
