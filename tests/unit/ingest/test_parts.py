import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_ingest.errors import MalformedMultipartError, UploadTooLargeError
from calotype_ingest.parts import LONGEST_FIELD, MOST_FIELDS, FilePart, MultipartReader, single_part
from tests.unit.ingest.bodies import BOUNDARY, Sent, body, chunks, received

pytestmark = pytest.mark.anyio

DELIMITER = f"\r\n--{BOUNDARY}".encode()
# Contents that come as near to a delimiter as they can, and everything else.
pieces = st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"bound", BOUNDARY.encode(), b"\0"])
contents = st.binary(max_size=20) | st.lists(pieces, max_size=8).map(b"".join)
inner = contents.filter(lambda content: DELIMITER not in b"\r\n" + content + b"\r\n")
names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\%'), min_size=1)
files = st.builds(Sent, content=inner, filename=names)
fields = st.builds(
    Sent,
    name=names.filter(lambda name: name != "file"),
    content=st.text(max_size=9).map(str.encode).filter(lambda text: DELIMITER not in text),
)
sent_parts = st.lists(files | fields, max_size=5)


def reader(*data: bytes, most_parts: int = 10) -> MultipartReader:
    return MultipartReader(body=chunks(*data), boundary=BOUNDARY, most_parts=most_parts)


def read(*data: bytes) -> Sequence[Sent]:
    return asyncio.run(received(reader(*data).parts()))


def as_received(parts: Sequence[Sent]) -> list[Sent]:
    return [one if one.filename is None else Sent(**{**vars(one), "name": "file"}) for one in parts]


@settings(max_examples=150)
@given(sent_parts, st.data())
def test_any_body_however_it_is_cut(parts: list[Sent], data: st.DataObject) -> None:
    """Whatever was sent arrives, in its order and to the byte, wherever the chunks were cut."""
    whole = body(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    cut = [whole[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*cut) == as_received(parts)


@given(sent_parts)
def test_a_byte_at_a_time(parts: list[Sent]) -> None:
    """A body that trickles in means what it would mean at once."""
    assert read(*(bytes([byte]) for byte in body(parts))) == as_received(parts)


@given(st.lists(files | fields, min_size=1, max_size=3), st.data())
def test_a_body_that_ends_early_is_malformed(parts: list[Sent], data: st.DataObject) -> None:
    """A body that is cut off anywhere, even a byte before its end, is never taken for whole."""
    whole = body(parts)
    with pytest.raises(MalformedMultipartError):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not multipart at all",
        b"--other\r\n\r\n--other--",
        b"--boundary\r\n\r\nno header\r\n--boundary--",
        b"--boundary\r\nContent-Disposition: attachment\r\n\r\n1\r\n--boundary--",
        b"--boundary\r\nnonsense\r\n\r\n1\r\n--boundary--",
        b'--boundary\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--boundary--',
        b'--boundary\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--boundary--',
        b"--boundarybeyond\r\n\r\n1\r\n--boundary--",
    ],
)
def test_what_breaks_the_rules_is_malformed(data: bytes) -> None:
    """A body that is no multipart body, or a field that is no text, is refused as such."""
    with pytest.raises(MalformedMultipartError):
        read(data)


@given(st.lists(pieces | st.binary(max_size=9), max_size=20).map(b"".join))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are parts or malformed, and nothing else is raised."""
    try:
        read(b"--boundary\r\n" + data)
    except MalformedMultipartError:
        return


async def test_what_follows_the_end_is_ignored() -> None:
    """What stands behind the closing delimiter is no part, as RFC 2046 has it."""
    parts = [Sent(content=b"1", filename="a")]
    assert await received(reader(body(parts), b"\r\n--boundary\r\nmore").parts()) == parts


async def test_a_file_needs_no_filename() -> None:
    """The field named file is a file, with a filename or without."""
    [part] = [part async for part in reader(body([Sent(content=b"1")])).parts()]
    assert isinstance(part, FilePart)
    assert part.filename is None


async def test_a_file_that_is_not_read_is_passed_over() -> None:
    """A reader that wants no more of a file gets the next part all the same."""
    parts = [Sent(content=b"1" * 1000, filename=name) for name in "abc"]
    seen = [part async for part in reader(body(parts)).parts() if isinstance(part, FilePart)]
    assert [part.filename for part in seen] == ["a", "b", "c"]


async def test_as_many_files_as_are_allowed() -> None:
    """Bounds hold for what the parser would have to keep: parts far over the limit are refused."""
    parts = [Sent(content=b"1", filename="a")] * (2 + MOST_FIELDS + 1)
    assert len(await received(reader(body(parts[1:]), most_parts=2).parts())) == 2 + MOST_FIELDS
    with pytest.raises(UploadTooLargeError, match="more than 2 files"):
        await received(reader(body(parts), most_parts=2).parts())


async def test_fields_are_bounded() -> None:
    """Fields have a longest length and a greatest number, and the error says both."""
    longest = Sent(name="a", content=b"1" * LONGEST_FIELD)
    assert await received(reader(body([longest])).parts()) == [longest]
    with pytest.raises(UploadTooLargeError, match=f"{MOST_FIELDS} fields of {LONGEST_FIELD}"):
        await received(reader(body([Sent(name="a", content=longest.content + b"1")])).parts())
    with pytest.raises(UploadTooLargeError, match="one too many"):
        await received(reader(body([Sent(name="a", content=b"1")] * (MOST_FIELDS + 1))).parts())


async def test_headers_are_bounded() -> None:
    """A part's header cannot be used to fill the memory."""
    with pytest.raises(UploadTooLargeError, match="header"):
        await received(reader(body([Sent(content=b"1", filename="a" * 10_000)])).parts())
    with pytest.raises(UploadTooLargeError, match="header"):
        await received(reader(b"--boundary\r\n", *[b"a" * 1000] * 100).parts())


async def test_a_raw_body_is_one_file() -> None:
    """A raw body is one file, whose name was said elsewhere."""
    parts = single_part(chunks(b"1", b"2"), "cat.jpg")
    assert await received(parts) == [Sent(content=b"12", filename="cat.jpg")]
