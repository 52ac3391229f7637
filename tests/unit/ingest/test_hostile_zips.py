import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core.domain.image_formats import HEAD_BYTES
from calotype_core.errors import Rejected
from calotype_core.ports.object_store import CHUNK_BYTES
from calotype_ingest.archive import Archive
from calotype_ingest.errors import (
    NotAZipError,
    UploadTooLargeError,
    WorkbookSentError,
    ZipBombError,
    ZipWithoutImagesError,
)
from calotype_ingest.inflate import EntryLimits, Inflater
from calotype_ingest.unpack import MOST_PROBLEMS
from calotype_ingest.zip_format import Member
from tests.unit.ingest.zips import (
    ARCHIVE,
    DEFLATED,
    GIF,
    KB,
    LIMITS,
    STORED,
    Packed,
    deflated,
    prepare,
    unpack,
    zipped,
)

pytestmark = pytest.mark.anyio

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
BLACK = GIF + bytes(3000 * KB)  # packs to a thousandth
SOUND = zipped(*(Packed(name=b"%d.gif" % i, method=8 * (i % 2)) for i in range(4)), comment=b"hi")


def test_the_bytes_of_hand_are_those_of_zipfile() -> None:
    """The archives of these tests are ZIPs: zipfile finds nothing wrong with one."""
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        assert archive.testzip() is None
        assert archive.read("3.gif") == GIF


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Packed(flags=0x1), "entry_encrypted"),
        (Packed(flags=0x41), "entry_encrypted"),
        (Packed(method=99), "entry_encrypted"),
        (Packed(method=9), "entry_compression_unsupported"),
        (Packed(method=14), "entry_compression_unsupported"),
        (Packed(method=4711), "entry_compression_unsupported"),
        (Packed(crc=1), "entry_damaged"),
        (Packed(crc=1, method=STORED), "entry_damaged"),
        (Packed(packed=deflated(GIF)[:-4]), "entry_damaged"),
        (Packed(packed=deflated(GIF)[:4]), "entry_damaged"),
        (Packed(packed=b""), "entry_damaged"),
        (Packed(packed=b"\xff" * 100), "entry_damaged"),
        (Packed(packed=deflated(GIF)[:-20] + b"\xff" * 20), "entry_damaged"),
        (Packed(size=len(GIF) - 1), "entry_damaged"),
        (Packed(size=len(GIF) + 1), "entry_damaged"),
        (Packed(size=0), "entry_damaged"),
        (Packed(size=0, method=STORED), "entry_damaged"),
        (Packed(size=len(GIF) + 1, method=STORED), "entry_damaged"),
        (Packed(packed_size=5), "entry_damaged"),
        (Packed(packed_size=2**31), "entry_damaged"),
        (Packed(packed_size=0xFFFFFFFF), "entry_damaged"),
        (Packed(offset=1), "entry_damaged"),
        (Packed(offset=2**31), "entry_damaged"),
        (Packed(offset=0xFFFFFFFF), "entry_damaged"),
        (Packed(content=b""), "empty_file"),
        (Packed(content=b"", method=STORED), "empty_file"),
        (Packed(content=b"hello"), "unsupported_media_type"),
        (Packed(content=bytes(5000 * KB)), "unsupported_media_type"),
        (Packed(content=zipped(Packed())), "unsupported_media_type"),
        (Packed(content=SVG), "unsupported_media_type"),
        (Packed(content=GIF + bytes(4001 * KB), method=STORED), "image_too_large"),
        (Packed(size=4001 * KB), "image_too_large"),
        (Packed(content=BLACK), "entry_inflates_too_far"),
        (Packed(content=BLACK, size=100), "entry_damaged"),
    ],
)
async def test_one_bad_file_does_not_spoil_the_others(entry: Packed, code: str) -> None:
    """What is wrong with a file is said of it alone; those beside it are taken."""
    entry = replace(entry, name=b"bad.gif")
    unpacked = await unpack(zipped(Packed(), entry, Packed(method=STORED)))
    assert unpacked.codes() == [None, code, None]
    assert await unpacked.contents() == [GIF, None, GIF]
    assert unpacked.names()[1] == "bad.gif"
    assert len(await unpacked.keys()) == 2


async def test_an_image_may_be_as_large_as_the_limit() -> None:
    """An image of exactly the limit is taken, and all of them may be exactly their limit."""
    size = len(GIF)
    entry = EntryLimits(max_bytes=size, max_ratio=1)
    limits = replace(LIMITS, total_bytes=2 * size, entry=entry)
    assert (await unpack(zipped(Packed(), Packed()), limits=limits)).codes() == [None, None]
    larger = Packed(content=GIF + b"1")
    assert (await unpack(zipped(Packed(), larger), limits=limits)).codes()[1] == "image_too_large"


async def test_a_reason_is_said_in_words() -> None:
    """A failure says what to do; a limit names its setting, and a method its name."""
    entries = [Packed(method=9), Packed(content=BLACK), Packed(content=SVG), Packed()]
    unpacked = await unpack(zipped(*entries))
    deflate64, black, svg = [one.failure.message for one in unpacked.entries if one.failure]
    assert "Deflate64" in deflate64
    assert "100 times" in black
    assert "CALOTYPE_ZIP_MAX_RATIO" in black
    assert "SVG, which is read only where CALOTYPE_SVG is true" in svg


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no ZIP"),
        (b"PK\3\4", "no ZIP"),
        (b"%PDF-1.7" + bytes(1000), "no ZIP"),
        (b"PK\5\6", "no ZIP"),
        (zipped(Packed(), disk=1), "split"),
        (b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, 100, 0, 0), "damaged"),
        (b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, 0, 100, 0), "damaged"),
        (b"x" * 76 + b"PK\6\7" + bytes(16) + b"PK\5\6" + bytes(18), "damaged"),
        (b"PK\6\7" + bytes(16) + b"PK\5\6" + bytes(18), "damaged"),
        (SOUND.replace(b"PK\1\2", b"PK\1\3", 1), "damaged"),
        (SOUND[: SOUND.rfind(b"PK\1\2") + 50] + SOUND[SOUND.rfind(b"PK\5\6") :], "damaged"),
    ],
)
async def test_what_is_no_zip(data: bytes, says: str) -> None:
    """What has no directory, or one that cannot be read, is refused as a whole."""
    with pytest.raises(NotAZipError, match=says):
        await unpack(data)


@given(st.integers(0, len(SOUND) - 5))
async def test_a_zip_cut_off_anywhere(length: int) -> None:
    """What is left of an archive is refused, wherever it ends: its directory stands at its end."""
    with pytest.raises(NotAZipError):
        await unpack(SOUND[:length])


flips = st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(1, 255)), min_size=1)


@given(flips)
@settings(max_examples=500)
async def test_any_bytes_flipped(flipped: Sequence[tuple[int, int]]) -> None:
    """Whatever bytes are wrong, the archive is refused, or its images are whole or have failed."""
    data = bytearray(SOUND)
    for at, by in flipped:
        data[at] ^= by
    try:
        unpacked = await unpack(bytes(data))
    except Rejected:
        return
    assert set(await unpacked.contents()) <= {GIF, None}


@given(st.binary(max_size=300), st.binary(max_size=100))
async def test_any_bytes_between(body: bytes, directory: bytes) -> None:
    """Whatever an end record leads to, the archive is refused, or its files have failed."""
    numbers = (0, 0, 1, 1, len(directory), len(body), 0)
    data = body + directory + b"PK\5\6" + struct.pack("<4H2LH", *numbers)
    with pytest.raises(Rejected):
        await unpack(data)


async def test_files_over_one_another() -> None:
    """Entries that share their bytes are a bomb, and refused before any is unpacked."""
    kernel = Packed(content=BLACK)
    packed_size = len(kernel.data())
    again = replace(kernel, offset=0, packed=b"", packed_size=packed_size)
    with pytest.raises(ZipBombError):
        await unpack(zipped(kernel, *[again] * 9))


async def test_files_that_quote_the_headers_of_others() -> None:
    """Entries that each hold all those behind them, as the best bombs do, are refused."""
    inner, entries = Packed(content=BLACK).local(), [Packed(content=BLACK)]
    for _ in range(9):
        quoted = b"\0" + struct.pack("<2H", len(inner), len(inner) ^ 0xFFFF) + inner
        outer = Packed(content=GIF, packed=quoted)
        entries.append(outer)
        inner = outer.local()
    offsets = [len(inner) - len(one.local()) for one in entries]
    directory = b"".join(one.central(at) for one, at in zip(entries, offsets, strict=True))
    numbers = (0, 0, 10, 10, len(directory), len(inner), 0)
    with pytest.raises(ZipBombError):
        await unpack(inner + directory + b"PK\5\6" + struct.pack("<4H2LH", *numbers))


async def test_all_images_together_have_a_limit() -> None:
    """Bytes are counted as they are unpacked, whatever sizes were told, and there is an end."""
    limits = replace(LIMITS, total_bytes=2000 * KB, entry=replace(LIMITS.entry, max_ratio=10_000))
    entries = [Packed(content=GIF + bytes(900 * KB))] * 3
    with pytest.raises(UploadTooLargeError, match="CALOTYPE_REQUEST_MAX_BYTES"):
        await unpack(zipped(*entries), limits=limits)
    assert (await unpack(zipped(*entries[:2]), limits=limits)).codes() == [None, None]


async def test_what_is_no_image_is_not_unpacked() -> None:
    """A film beside the images counts for nothing: its first bytes say that it is none."""
    limits = replace(LIMITS, total_bytes=1000)
    film = Packed(content=bytes(5000 * KB))
    assert (await unpack(zipped(film, Packed()), limits=limits)).codes()[1] is None


@pytest.mark.parametrize(("count", "taken"), [(5, True), (6, False)])
async def test_the_number_of_files_has_a_limit(count: int, taken: bool) -> None:  # noqa: FBT001
    """As many files as a job may have are taken, and no more; folders are none."""
    limits = replace(LIMITS, images=5)
    data = zipped(*[Packed()] * count, *[Packed(name=b"a/")] * 20)
    if taken:
        assert len((await unpack(data, limits=limits)).entries) == 5
    else:
        with pytest.raises(UploadTooLargeError, match="CALOTYPE_JOB_MAX_IMAGES"):
            await unpack(data, limits=limits)


async def test_folders_have_a_limit_as_well() -> None:
    """An archive of nothing but folders is not read for ever."""
    data = zipped(Packed(), *[Packed(name=b"a/")] * 1100)
    with pytest.raises(UploadTooLargeError):
        await unpack(data, limits=replace(LIMITS, images=1))


async def test_a_directory_of_70_000_files() -> None:
    """More entries than the old format can count are all read, in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(70_000):
            archive.writestr(f"{number}.gif", b"GIF89a")
    unpacked = await prepare(out.getvalue())
    opened = await Archive.open(unpacked.objects, ARCHIVE, encoding="cp437")
    assert [one.name async for one in opened.members()] == [f"{i}.gif" for i in range(70_000)]


async def test_a_zip_without_images() -> None:
    """An archive without an image is refused, and each of its files is told what it is."""
    with pytest.raises(ZipWithoutImagesError) as refused:
        await unpack(zipped(Packed(name=b"a/b.txt", content=b"hello"), Packed(flags=1)))
    first, second = refused.value.problems
    assert (first.path, second.path) == ("a/b.txt", "cat.gif")
    assert "no image" in first.got
    assert "encrypted" in second.got


async def test_problems_have_an_end() -> None:
    """Of very many files the first are told of, and how many there are."""
    data = zipped(*[Packed(content=b"hello")] * (MOST_PROBLEMS + 5))
    with pytest.raises(ZipWithoutImagesError, match="Of 1005 files") as refused:
        await unpack(data, limits=replace(LIMITS, images=2000))
    assert len(refused.value.problems) == MOST_PROBLEMS


@pytest.mark.parametrize("entries", [[], [b"a/"], [b"__MACOSX/._x", b".DS_Store"]])
async def test_a_zip_without_files(entries: Sequence[bytes]) -> None:
    """An archive of nothing but folders is refused like one of nothing."""
    with pytest.raises(ZipWithoutImagesError, match="no files"):
        await unpack(zipped(*(Packed(name=name) for name in entries)))


@pytest.mark.parametrize(
    ("what", "members"),
    [
        ("Excel", [b"[Content_Types].xml", b"xl/workbook.xml", b"xl/media/image1.gif"]),
        ("OpenDocument", [b"mimetype", b"content.xml", b"META-INF/manifest.xml"]),
        ("Numbers", [b"Index/Document.iwa", b"preview.jpg"]),
    ],
)
async def test_a_workbook_is_named(what: str, members: Sequence[bytes]) -> None:
    """A workbook, which is a ZIP too, is told to be saved as CSV, pictures in it or not."""
    with pytest.raises(WorkbookSentError, match=f"{what}.*CSV"):
        await unpack(zipped(*(Packed(name=name) for name in members)))
    assert (await unpack(zipped(*(Packed(name=name) for name in members[1:])))).codes()


def inflater(packed: bytes, size: int) -> Inflater:
    member = Member(
        name="cat.gif",
        flags=0,
        method=DEFLATED,
        crc=0,
        packed_bytes=len(packed),
        size_bytes=size,
        offset=0,
        header_bytes=0,
    )
    return Inflater(member, EntryLimits(max_bytes=2**40, max_ratio=2000))


def test_a_bomb_is_unpacked_a_piece_at_a_time() -> None:
    """However much a few bytes unpack to, no more than a piece of it is ever held."""
    size = 100_000 * KB
    packed = deflated(GIF + bytes(size))
    unpacking = inflater(packed, len(GIF) + size)
    pieces = [len(unpacking.feed(packed))]
    while unpacking.is_full:
        pieces.append(len(unpacking.feed(b"")))
    assert sum(pieces) == len(GIF) + size
    assert max(pieces) <= CHUNK_BYTES + HEAD_BYTES


@given(st.binary(max_size=2000), st.lists(st.integers(1, 300)))
def test_a_stream_in_any_pieces(rest: bytes, cuts: Sequence[int]) -> None:
    """However the packed bytes are cut after the first of them, the same comes out."""
    content = GIF + rest * 20
    packed = deflated(content)
    unpacking = inflater(packed, len(content))
    edges = [0, *accumulate(cuts, initial=200), len(packed)]
    out = bytearray()
    for start, stop in pairwise(edges):
        out += unpacking.feed(packed[start:stop])
        while unpacking.is_full:
            out += unpacking.feed(b"")
    assert bytes(out) == content
