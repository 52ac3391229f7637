"""Fetchers that ask nobody."""

import hashlib
from pathlib import Path

from calotype_core.errors import CalotypeError
from calotype_core.ports.fetcher import Fetched, Fetcher


class Unasked(Fetcher):
    """A fetcher that is not to be asked."""

    async def fetch(self, url: str, into: Path) -> Fetched:
        raise AssertionError(url)


class Ready(Fetcher):
    """A fetcher that comes back with what a test has laid out for it, bytes or an error."""

    def __init__(self, found: bytes | CalotypeError) -> None:
        self.found = found

    async def fetch(self, url: str, into: Path) -> Fetched:
        if isinstance(self.found, CalotypeError):
            raise self.found
        into.write_bytes(self.found)  # noqa: ASYNC240 - a few bytes
        digest = hashlib.sha256(self.found).hexdigest()
        return Fetched(size_bytes=len(self.found), sha256=digest, url=url)
