"""Multipart bodies, written by hand, and chunks of them as a network cuts them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from calotype_ingest.parts import FieldPart, FilePart, Part

BOUNDARY = "boundary"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A part as a client writes it: a file where it has a filename."""

    content: bytes
    name: str = "file"
    filename: str | None = None

    def lines(self) -> bytes:
        named = "" if self.filename is None else f'; filename="{self.filename}"'
        header = f'Content-Disposition: form-data; name="{self.name}"{named}\r\n\r\n'
        return header.encode() + self.content


def body(parts: Iterable[Sent]) -> bytes:
    """Return a body that ends with the last byte that matters."""
    written = b"".join(f"--{BOUNDARY}\r\n".encode() + one.lines() + b"\r\n" for one in parts)
    return written + f"--{BOUNDARY}--".encode()


async def chunks(*data: bytes) -> AsyncIterator[bytes]:
    for one in data:
        yield one


async def received(parts: AsyncIterator[Part]) -> Sequence[Sent]:
    """Return the parts as they arrived, their files read whole."""
    seen = []
    async for part in parts:
        if isinstance(part, FieldPart):
            seen.append(Sent(name=part.name, content=part.value.encode()))
        else:
            content = b"".join([chunk async for chunk in part.chunks])
            seen.append(Sent(filename=part.filename, content=content))
    return seen


def file(content: bytes, filename: str | None = "cat.jpg") -> FilePart:
    return FilePart(filename=filename, chunks=chunks(content))
