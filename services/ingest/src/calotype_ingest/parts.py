"""A request's body as a stream of parts: fields as text, files as chunks, never held whole."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from calotype_ingest.errors import MalformedMultipartError, UploadTooLargeError

LONGEST_FIELD = 128 * 1024  # bytes; instructions are the longest and have a bound of their own
MOST_FIELDS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePart:
    """A file that is arriving; its chunks must be read before the next part is asked for."""

    filename: str | None
    chunks: AsyncIterator[bytes]
    content_type: str = ""  # as the client says; empty where it says nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldPart:
    """A field that has arrived."""

    name: str
    value: str


Part: TypeAlias = FilePart | FieldPart
_Token: TypeAlias = MultipartSegment | bytes | None


@dataclass(slots=True)
class MultipartReader:
    """Reads multipart/form-data (RFC 7578) as it arrives. Files are the fields named file."""

    body: AsyncIterator[bytes]
    boundary: str
    most_parts: int
    _fields: int = field(default=0, init=False)

    async def parts(self) -> AsyncIterator[Part]:
        """Yield the parts in order; raises MalformedMultipartError, UploadTooLargeError."""
        tokens = self._tokens()
        async for token in tokens:
            if not isinstance(token, MultipartSegment):
                continue
            if token.filename is not None or token.name == "file":
                part = FilePart(
                    filename=token.filename or None,
                    chunks=_until_end(tokens),
                    content_type=token.content_type or "",
                )
                yield part
                async for _ in part.chunks:
                    pass  # what the reader left of it
            else:
                yield await self._field(token, tokens)

    async def _field(self, segment: MultipartSegment, tokens: AsyncIterator[_Token]) -> FieldPart:
        self._fields += 1
        value = bytearray()
        async for chunk in _until_end(tokens):
            value += chunk
            if len(value) > LONGEST_FIELD or self._fields > MOST_FIELDS:
                raise UploadTooLargeError(
                    f"The field {segment.name!r} is too long or one too many: at most"
                    f" {MOST_FIELDS} fields of {LONGEST_FIELD} bytes besides the files."
                )
        try:
            return FieldPart(name=segment.name, value=value.decode())
        except UnicodeDecodeError:
            raise MalformedMultipartError(f"The field {segment.name!r} is not UTF-8.") from None

    async def _tokens(self) -> AsyncIterator[_Token]:
        try:
            with PushMultipartParser(
                self.boundary, max_segment_count=self.most_parts + MOST_FIELDS
            ) as parser:
                async for chunk in self.body:
                    for token in _parse(parser, chunk):
                        yield token
        except ParserLimitReached as error:
            raise UploadTooLargeError(
                f"The request has more than {self.most_parts} files, or a part's header is too"
                " long; send fewer at once."
            ) from error
        except MultipartError as error:
            raise MalformedMultipartError(
                f"The multipart body cannot be read ({error}); send it again, whole."
            ) from error


def _parse(parser: PushMultipartParser, chunk: bytes) -> Iterator[_Token]:
    if chunk:  # an empty chunk would tell the parser that the body has ended
        yield from parser.parse(chunk)


async def _until_end(tokens: AsyncIterator[_Token]) -> AsyncIterator[bytes]:
    async for token in tokens:
        if token is None:
            return
        if isinstance(token, bytes):
            yield token


async def single_part(
    body: AsyncIterator[bytes], filename: str | None, content_type: str = ""
) -> AsyncIterator[Part]:
    """Yield the one file that a raw body is; one that is empty and has no name is none."""
    async for first in body:
        chunks = _with_first(first, body)
        yield FilePart(filename=filename, chunks=chunks, content_type=content_type)
        return
    if filename:
        yield FilePart(filename=filename, chunks=body, content_type=content_type)


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
