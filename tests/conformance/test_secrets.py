"""What every keeper of secrets promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import pytest

from calotype_core.ports.secrets import Secrets

pytestmark = pytest.mark.anyio

OpenSecrets = Callable[[], AbstractAsyncContextManager[Secrets]]


async def test_the_first_candidate_is_kept(secrets: Secrets) -> None:
    """A name has the secret that was first offered for it, whatever is offered later."""
    assert await secrets.keep("webhook-secret", "whsec_first+/=") == "whsec_first+/="
    assert await secrets.keep("webhook-secret", "whsec_second") == "whsec_first+/="


async def test_each_name_has_its_own(secrets: Secrets) -> None:
    """What is kept under one name says nothing of another."""
    assert await secrets.keep("one", "first") == "first"
    assert await secrets.keep("two", "second") == "second"
    assert await secrets.keep("one", "third") == "first"


async def test_all_who_ask_at_once_are_given_the_same(secrets: Secrets) -> None:
    """However many come with a candidate of their own, one of these is kept, and all get it."""
    candidates = [f"candidate{number}" for number in range(16)]
    given = await asyncio.gather(*(secrets.keep("name", one) for one in candidates))
    assert len(set(given)) == 1
    assert given[0] in candidates


async def test_many_processes_are_given_the_same(open_secrets: OpenSecrets) -> None:
    """The same holds where each of them is a process of its own."""
    async with AsyncExitStack() as opened:
        several = [await opened.enter_async_context(open_secrets()) for _ in range(4)]
        given = await asyncio.gather(
            *(one.keep("name", f"candidate{number}") for number, one in enumerate(several * 4))
        )
    assert len(set(given)) == 1


async def test_a_secret_outlives_the_process(open_secrets: OpenSecrets) -> None:
    """After opening again the secret is the one that was kept."""
    async with open_secrets() as secrets:
        await secrets.keep("name", "first")
    async with open_secrets() as secrets:
        assert await secrets.keep("name", "second") == "first"
