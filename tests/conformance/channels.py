"""A channel, and the far end of it, where a test sees what was taken."""

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.http.settings import WebhookCallSettings
from calotype_core.adapters.memory.channel import MemoryChannel
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.channel import (
    EXCERPT_CHARS,
    Answer,
    Channel,
    EndpointUnreachableError,
    Message,
    NotTakenError,
)
from tests.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
SETTINGS = WebhookCallSettings(
    webhook_allow_http=True, webhook_allowed_networks=(ip_network("127.0.0.0/8"),)
)


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A channel that leads somewhere, and one like it whose server is away.

    taken gives the ids of the messages that arrived, in their order. What takes messages answers
    with very many words, where its kind answers with words at all.
    """

    channel: Channel
    to: str
    severed: Channel
    severed_to: str
    taken: Callable[[], Sequence[str]]


def message(
    to: str,
    *,
    message_id: str = "msg_one",
    secrets: tuple[str, ...] = (SECRET,),
    body: str = '{"type":"image.processed","data":{"filename":"Köln ☃.jpg"}}',
) -> Message:
    """Return a message as the notifier makes one."""
    return Message(
        message_id=message_id,
        event_type="image.processed",
        status="completed",
        to=to,
        body=body,
        subject="Köln ☃.jpg is done",
        text="Köln ☃.jpg is done.\nhttps://images.example/image/1",
        html="<p>Köln ☃.jpg is done.",
        secrets=secrets,
    )


@asynccontextmanager
async def memory_outlet() -> AsyncIterator[Outlet]:
    channel = MemoryChannel([Answer(text="as you\nwish " * 1000)])
    yield Outlet(
        channel=channel,
        to="anybody",
        severed=MemoryChannel([EndpointUnreachableError("Nobody is there.", silent=True)]),
        severed_to="anybody",
        taken=lambda: [one.message_id for one in channel.sent],
    )


@asynccontextmanager
async def http_outlet() -> AsyncIterator[Outlet]:
    async with Receiver.open() as gone:
        nowhere = gone.url  # whose port is free once it has closed
    async with Receiver.open() as receiver, HttpChannel.open(SETTINGS, clock=SystemClock()) as http:
        yield Outlet(
            channel=http,
            to=f"{receiver.url}/status/200/a?words=1000",
            severed=http,
            severed_to=f"{nowhere}/ok/a",
            taken=lambda: [one.message_id for one in receiver.received],
        )


async def refusal(channel: Channel, url: str) -> NotTakenError:
    """Return the error that a call ends with, once it is proved to be one for people to read."""
    with pytest.raises(NotTakenError) as caught:
        await channel.send(message(f"{url}{'&' if '?' in url else '?'}token=hidden"))
    error = caught.value
    assert 0 < len(error.message) <= 250
    for secret in ("hidden", "token", SECRET):
        assert secret not in error.message
        assert secret not in repr((error.__cause__, error.answer))
    assert len(error.answer.text) <= EXCERPT_CHARS
    return error
