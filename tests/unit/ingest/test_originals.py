import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Original
from calotype_ingest.errors import UploadTooLargeError
from calotype_ingest.filenames import LONGEST_FILENAME, clean_filename
from calotype_ingest.originals import Arrived, Intake
from calotype_ingest.parts import FilePart
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.bodies import chunks, file

pytestmark = pytest.mark.anyio

REQUEST_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
GIF = b"GIF89a" + b"\0" * 100


def intake(*, file_max: int = 1000, request_max: int = 1000) -> Intake:
    return Intake(
        objects=MemoryObjectStore(),
        request_id=REQUEST_ID,
        settings=IngestSettings(upload_max_bytes=file_max, request_max_bytes=request_max),
    )


async def keys(taken: Intake) -> list[str]:
    return [key async for key in taken.objects.list("")]


async def test_a_file_is_stored_under_its_images_key() -> None:
    """A file's key follows from the request and its position; its size and hash are told."""
    taken = intake()
    await taken.take(file(GIF))
    [one] = taken.arrived
    key = f"originals/{derive_id(REQUEST_ID, 0)}"
    original = Original(key=key, size_bytes=len(GIF), sha256=hashlib.sha256(GIF).hexdigest())
    assert one == Arrived(position=0, filename="cat.jpg", original=original, format="gif")
    assert b"".join([chunk async for chunk in taken.objects.get(key)]) == GIF


@given(st.lists(st.integers(0, len(GIF)), max_size=8))
async def test_a_format_is_known_however_the_file_is_cut(cuts: list[int]) -> None:
    """The first bytes tell the format even where they trickle in."""
    edges = [0, *sorted(cuts), len(GIF)]
    cut = [GIF[start:stop] for start, stop in pairwise(edges)]
    taken = intake()
    await taken.take(FilePart(filename=None, chunks=chunks(*cut)))
    assert taken.arrived[0].format == "gif"


async def test_a_file_may_be_as_long_as_the_limit() -> None:
    """A file of exactly the limit is taken; a byte more is refused, and the setting is named."""
    taken = intake(file_max=10)
    await taken.take(file(b"1" * 10))
    with pytest.raises(UploadTooLargeError, match=r"limit of 10 .*CALOTYPE_UPLOAD_MAX_BYTES"):
        await taken.take(file(b"1" * 11))
    assert len(await keys(taken)) == 1


async def test_all_files_together_have_a_limit() -> None:
    """The files of a request may come to its limit together, and to no more."""
    taken = intake(request_max=10)
    await taken.take(file(b"1" * 5))
    await taken.take(file(b"1" * 5))
    with pytest.raises(UploadTooLargeError, match="CALOTYPE_REQUEST_MAX_BYTES"):
        await taken.take(file(b"1"))


async def test_taking_back_leaves_nothing() -> None:
    """What is taken back is gone from the store."""
    taken = intake()
    await taken.take(file(b"1"))
    await taken.take(file(b"2"))
    assert len(await keys(taken)) == 2
    await taken.take_back()
    assert await keys(taken) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", None),
        ("cat.jpg", "cat.jpg"),
        ("Größe 3 × 4.jpg", "Größe 3 × 4.jpg"),  # noqa: RUF001 - people write it
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("/", None),
        ("a\r\nSet-Cookie: b", "aSet-Cookie: b"),
        ("\0\x1b[2J", "[2J"),
        ("\u202egpj.exe", "gpj.exe"),  # would be shown as exe.jpg
        ("half \ud800", "half "),
        ("a" * 300, "a" * LONGEST_FILENAME),
    ],
)
def test_a_filename_is_for_people(sent: str | None, kept: str | None) -> None:
    """A filename is shortened to its last part and to what can be printed."""
    assert clean_filename(sent) == kept


@given(st.text(st.characters()))
def test_any_filename(sent: str) -> None:
    """Any filename is none, or short, printable, without a path, and clean already."""
    kept = clean_filename(sent)
    if kept is not None:
        assert 0 < len(kept) <= LONGEST_FILENAME
        assert kept.isprintable()
        assert not set(kept) & {"/", "\\"}
        assert clean_filename(kept) == kept
