"""Calotype over HTTP, as the command line asks it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

import httpx

_SLOWEST_SECONDS = 120.0


class RefusedError(Exception):
    """Calotype did not do what it was asked; says why, in a sentence.

    code: what is wrong, for programs. retry: the same again may succeed. errors: where a file is
    wrong, the first of error_count.
    """

    def __init__(
        self, message: str, *, retry: bool, problem: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        told = problem or {}
        self.retry = retry
        self.code: str = told.get("code") or ""
        self.errors: Sequence[Mapping[str, Any]] = told.get("errors") or ()
        self.error_count: int = told.get("errorCount") or len(self.errors)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the Calotype at this URL."""
    async with httpx.AsyncClient(base_url=url, timeout=_SLOWEST_SECONDS, trust_env=False) as client:
        yield client


async def ask(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: AsyncIterator[bytes] | None = None,
    json: object = None,
) -> Mapping[str, Any]:
    """Return the object that is answered; raises RefusedError."""
    try:
        sent = client.request(
            method, path, params=params, headers=headers, content=content, json=json
        )
        return _read(await sent)
    except httpx.HTTPError as error:
        raise _silence(client, error) from None


async def save(client: httpx.AsyncClient, path: str, file: BinaryIO) -> None:
    """Write what is at this path into the file, as it comes; raises RefusedError, OSError."""
    try:
        async with client.stream("GET", path) as answer:
            if answer.is_error:
                await answer.aread()
                _read(answer)
            async for chunk in answer.aiter_bytes():
                file.write(chunk)
    except httpx.HTTPError as error:
        raise _silence(client, error) from None


async def save_as(client: httpx.AsyncClient, path: str, target: Path) -> None:
    """Write what is at this path to the target, whole or not at all.

    Raises RefusedError, OSError.
    """
    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("wb") as file:
            await save(client, path, file)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _read(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusedError("the answer is no JSON: is this address Calotype's?", retry=False)
    if answer.is_error:
        message = body.get("detail") or f"the answer is {answer.status_code}, without a reason"
        raise RefusedError(message, retry=body.get("retry") is True, problem=body)
    return body


def _silence(client: httpx.AsyncClient, error: httpx.HTTPError) -> RefusedError:
    return RefusedError(f"no answer from {client.base_url}: {error!r}", retry=True)
