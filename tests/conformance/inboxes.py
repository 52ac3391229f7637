"""Inboxes, and how their owner puts something into each."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from calotype_core.adapters.filesystem.inbox import FilesystemInbox
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.inbox import MemoryInbox
from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.inbox import S3Inbox
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.inbox import PREFIX, Inbox
from tests import buckets


@dataclass(frozen=True)
class Letterbox:
    """An inbox as its owner sees it: put makes an object there, whole at once."""

    inbox: Inbox
    put: Callable[[str, bytes], Awaitable[None]]


@asynccontextmanager
async def memory_letterbox() -> AsyncIterator[Letterbox]:
    inbox, clock = MemoryInbox(), ManualClock()

    async def put(key: str, data: bytes) -> None:
        inbox.put(key, data, at=clock.now())

    yield Letterbox(inbox, put)


@asynccontextmanager
async def watched_folder(root: Path) -> AsyncIterator[Letterbox]:
    def write(key: str, data: bytes) -> None:
        path = root / key
        if key.endswith("/"):
            path.mkdir(parents=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{secrets.token_hex(4)}")
        unfinished.write_bytes(data)
        unfinished.rename(path)

    async def put(key: str, data: bytes) -> None:
        await asyncio.to_thread(write, key, data)

    async with FilesystemInbox.open(root, SystemClock(), quiet_seconds=0) as inbox:
        yield Letterbox(inbox, put)


@asynccontextmanager
async def bucket_letterbox() -> AsyncIterator[Letterbox]:
    bucket = buckets.new_bucket()
    client = buckets.root_client()

    async def put(key: str, data: bytes) -> None:
        name = f"{PREFIX}{key}"
        await asyncio.to_thread(client.put_object, bucket, name, BytesIO(data), len(data))

    async with S3Connection.open(buckets.settings_of(bucket)) as connection:
        yield Letterbox(S3Inbox(connection), put)
