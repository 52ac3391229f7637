"""Where no caller of webhooks is ever led, against a trap there."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from ipaddress import ip_network
from unittest.mock import patch
from urllib.parse import quote

import pytest

from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.http.settings import WebhookCallSettings
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.channel import Channel
from tests.conformance.channels import SETTINGS, message, refusal
from tests.receiver import Receiver
from tests.traps import LOOPBACKS, OTHERS, Answers, Names, Trap

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
# What the client takes for no host's name is refused as such, before its address is.
REFUSALS = {"endpoint_forbidden_address", "endpoint_bad_url"}


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on: its sockets are not asyncio's."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    async with Trap.set_up() as trap:
        yield trap


@pytest.fixture
def settings() -> WebhookCallSettings:
    return replace(SETTINGS, webhook_allowed_networks=(ip_network("127.0.0.2/32"),))


@pytest.fixture
async def channel(settings: WebhookCallSettings) -> AsyncIterator[Channel]:
    async with opened(settings) as channel:
        yield channel


def opened(
    settings: WebhookCallSettings, answers: Answers | None = None
) -> AbstractAsyncContextManager[Channel]:
    names = Names(answers) if answers is not None else None
    return HttpChannel.open(settings, clock=SystemClock(), resolver=names)


async def test_http_only_where_it_is_allowed(
    settings: WebhookCallSettings, receiver: Receiver
) -> None:
    """A URL that was taken when http was allowed is not called once it is not."""
    async with opened(replace(settings, webhook_allow_http=False)) as strict:
        error = await refusal(strict, f"{receiver.url}/ok/a")
    assert error.code == "endpoint_bad_url"
    assert "CALOTYPE_WEBHOOK_ALLOW_HTTP" in error.message
    assert receiver.received == []


async def test_the_trap_works(settings: WebhookCallSettings, trap: Trap) -> None:
    """A channel that is allowed to is caught: so the others would be."""
    loopback = (ip_network("127.0.0.1/32"),)
    async with opened(replace(settings, webhook_allowed_networks=loopback)) as channel:
        await channel.send(message(f"http://127.0.0.1:{trap.port}/"))
    assert trap.caught == 1


@pytest.mark.parametrize("host", [*LOOPBACKS, *OTHERS])
async def test_no_spelling_leads_in(channel: Channel, trap: Trap, host: str) -> None:
    """However an address is written, no connection is made to it, nor to where it leads."""
    assert (await refusal(channel, f"http://{host}:{trap.port}/")).code in REFUSALS
    assert trap.caught == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}\\@hook.example/",
        "http://hook.example\\@127.0.0.1:{port}/",
        "http://hook.example@127.0.0.1:{port}/",
        "http://hook.example#@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@hook.example/",
        "http://hook.example\t@127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "http://127.0.0.1:{port}:80/",
        "gopher://127.0.0.1:{port}/",
        "HTTP://127.0.0.1:{port}/",
    ],
)
async def test_no_trick_of_parsers_leads_in(
    settings: WebhookCallSettings, trap: Trap, url: str
) -> None:
    """Where two parsers take a URL for two hosts', neither is called."""
    async with opened(settings, {"hook.example": [["127.0.0.1"]]}) as channel:
        assert (await refusal(channel, url.format(port=trap.port))).code in REFUSALS
    assert trap.caught == 0


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1"], ["127.0.0.2", "127.0.0.1"]],
)
async def test_a_name_does_not_lead_in(
    settings: WebhookCallSettings, trap: Trap, addresses: list[str]
) -> None:
    """A name is as good as the addresses that it leads to, the last one included."""
    async with opened(settings, {"inner.example": [addresses]}) as channel:
        error = await refusal(channel, f"http://inner.example:{trap.port}/")
    assert (error.code, trap.caught) == ("endpoint_forbidden_address", 0)
    assert "CALOTYPE_WEBHOOK_ALLOWED_NETWORKS" in error.message


async def test_a_name_that_changes_its_mind(
    settings: WebhookCallSettings, trap: Trap, receiver: Receiver
) -> None:
    """A name that led to a public address when it was taken is looked at anew at each call."""
    answers = {"fickle.example": [["127.0.0.2"], ["127.0.0.1"]]}
    async with opened(settings, answers) as channel:
        await channel.send(message(f"http://fickle.example:{receiver.port}/ok/a"))
        error = await refusal(channel, f"http://fickle.example:{trap.port}/")
    assert (error.code, trap.caught) == ("endpoint_forbidden_address", 0)


async def test_a_redirect_does_not_lead_in(
    channel: Channel, trap: Trap, receiver: Receiver
) -> None:
    """What a public endpoint leads to is called by nobody."""
    onward = quote(f"http://127.0.0.1:{trap.port}/")
    error = await refusal(channel, f"{receiver.url}/redirect/a?url={onward}")
    assert (error.code, trap.caught) == ("endpoint_answered_badly", 0)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"])
async def test_metadata_is_never_called(settings: WebhookCallSettings, host: str) -> None:
    """Not even where every network is listed."""
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    async with opened(replace(settings, webhook_allowed_networks=everything)) as channel:
        error = await refusal(channel, f"http://{host}/latest/meta-data/")
    assert error.code == "endpoint_forbidden_address"


async def test_no_proxy_is_asked(channel: Channel, trap: Trap, receiver: Receiver) -> None:
    """What the environment says of proxies, which would connect in our stead, is not read."""
    proxy = f"http://127.0.0.1:{trap.port}"
    names = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
    with patch.dict("os.environ", dict.fromkeys(names, proxy)):
        await channel.send(message(f"{receiver.url}/ok/a"))
    assert trap.caught == 0
