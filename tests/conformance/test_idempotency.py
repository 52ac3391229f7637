"""What every store of idempotency keys promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype_core.ports.idempotency import Claim, IdempotencyKeys

pytestmark = pytest.mark.anyio

OpenKeys = Callable[[], AbstractAsyncContextManager[IdempotencyKeys]]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def claim(subject_id: str = "image", key: str = "key") -> Claim:
    return Claim(key=key, fingerprint="sha256 é", subject_id=subject_id, claimed_at=NOW)


async def test_the_first_claim_holds(idempotency_keys: IdempotencyKeys) -> None:
    """A free key is given to who asks first; who asks again is told of the first."""
    assert await idempotency_keys.claim(claim("first")) == claim("first")
    assert await idempotency_keys.claim(claim("second")) == claim("first")
    assert await idempotency_keys.get("key") == claim("first")


async def test_one_of_many_at_the_same_time_holds(idempotency_keys: IdempotencyKeys) -> None:
    """Claims at the same time are all told of the same one."""
    told = await asyncio.gather(*(idempotency_keys.claim(claim(str(n))) for n in range(20)))
    assert len({one.subject_id for one in told}) == 1


async def test_an_answer_is_remembered(idempotency_keys: IdempotencyKeys) -> None:
    """Who claims an answered key is given the answer with the claim."""
    await idempotency_keys.claim(claim())
    await idempotency_keys.answer("key", '{"status": "completed"}')
    answered = replace(claim(), answer='{"status": "completed"}')
    assert await idempotency_keys.claim(claim("again")) == answered


async def test_an_unknown_key(idempotency_keys: IdempotencyKeys) -> None:
    """An unknown key holds nothing, and answering it does nothing."""
    await idempotency_keys.answer("key", "answer")
    assert await idempotency_keys.get("key") is None


async def test_old_claims_are_dropped(idempotency_keys: IdempotencyKeys) -> None:
    """Expire drops what was claimed before the time, tells how many, and leaves the rest."""
    old = replace(claim(key="old"), claimed_at=NOW - timedelta(microseconds=1))
    await idempotency_keys.claim(old)
    await idempotency_keys.claim(claim())
    assert await idempotency_keys.expire(NOW) == 1
    assert await idempotency_keys.get("old") is None
    assert await idempotency_keys.get("key") == claim()


async def test_claims_outlive_the_process(open_idempotency_keys: OpenKeys) -> None:
    """Claims and answers are there after closing and opening again."""
    async with open_idempotency_keys() as keys:
        await keys.claim(claim())
        await keys.answer("key", "answer")
    async with open_idempotency_keys() as keys:
        assert await keys.get("key") == replace(claim(), answer="answer")
