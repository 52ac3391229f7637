"""How the line of letters is served."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from calotype_core.ports.channel import Message
from calotype_core.ports.deliveries import Delivery
from tests.unit.notifier.stage import Stage, compose

pytestmark = pytest.mark.anyio


async def test_letters_are_gathered() -> None:
    """What is due as a letter is one letter, and the next comes a minute later at the soonest."""
    stage = Stage()
    await stage.owe("email", count=500)
    await stage.turn()
    await stage.owe("email", count=3)
    await stage.turns_for(59)
    await stage.owe("email", count=4)
    await stage.turns_for(5)
    assert [one.subject for one in stage.channel.sent] == ["500", "7"]


async def test_a_letter_is_written_in_a_thread() -> None:
    """Many jobs' ends take long to be put into words, and meanwhile the event loop goes on."""
    stage = Stage()
    writers: list[threading.Thread] = []

    def slowly(deliveries: Sequence[Delivery], secrets: tuple[str, ...]) -> Message:
        writers.append(threading.current_thread())
        return compose(deliveries, secrets)

    stage.sender = replace(stage.sender, compose=slowly)
    await stage.owe("email", count=2)
    await stage.turn()
    assert [one.subject for one in stage.channel.sent] == ["2"]
    assert threading.main_thread() not in writers


async def test_letters_that_nobody_is_to_get_wait() -> None:
    """What is owed by a channel that is not set waits, and for a minute once it is set again."""
    stage = Stage()
    channels = dict(stage.sender.endpoints.channels)
    del channels["email"]
    endpoints = replace(stage.sender.endpoints, channels=channels)
    stage.sender = replace(stage.sender, endpoints=endpoints)
    await stage.owe("email")
    await stage.turns_for(3)
    assert not stage.channel.sent
    channels["email"] = stage.channel
    await stage.owe("email")
    await stage.turns_for(60)
    assert [one.subject for one in stage.channel.sent] == ["2"]
