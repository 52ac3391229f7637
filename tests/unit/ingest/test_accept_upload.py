from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.asking import InvalidInstructionsError
from calotype_core.domain.events import ImageAccepted, JobAccepted
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import FocalPoint, Original
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.errors import CalotypeError
from calotype_core.metric_defs import UPLOAD_BYTES_TOTAL
from calotype_core.ports.object_store import StoreFullError
from calotype_ingest import manifest
from calotype_ingest.accept_upload import announce
from calotype_ingest.errors import (
    ClientGoneError,
    EmptyFileError,
    InvalidFocalPointError,
    NothingSentError,
    UnsupportedMediaError,
    UploadTooLargeError,
)
from calotype_ingest.parts import FieldPart, FilePart, Part
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.bodies import chunks, file
from tests.unit.ingest.doors import DEFAULT, GIF, OTHER_GIF, World, gif, sha256

pytestmark = pytest.mark.anyio

ROTATE = '{"rotate": 90}'


async def test_one_file_is_an_image() -> None:
    """One file comes to the acceptance of one image, with all that was asked."""
    world = World()
    fields = [
        FieldPart(name="instructions", value=ROTATE),
        FieldPart(name="callbackUrl", value="https://example.com/"),
    ]
    event = (await world.receive(*fields, gif())).event
    assert isinstance(event, ImageAccepted)
    key = f"originals/{event.image_id}"
    assert event == ImageAccepted(
        image_id=event.image_id,
        original=Original(key=key, size_bytes=len(GIF), sha256=sha256(GIF)),
        filename="cat.gif",
        instructions=parse_instructions(ROTATE, {}),
        callback_url="https://example.com/",
        accepted_at=world.clock.now(),
    )
    assert await world.stored() == {key: GIF}


async def test_a_focal_point_is_announced() -> None:
    """Where the eye should rest travels with the image, from a field or from the query."""
    world = World()
    for accepted in (
        await world.receive(FieldPart(name="focalPoint", value="0.25,1"), gif()),
        await world.receive(gif(), focalPoint="0.25,1"),
    ):
        assert isinstance(accepted.event, ImageAccepted)
        assert accepted.event.focal_point == FocalPoint(x=0.25, y=1)


async def test_a_focal_point_is_one_images() -> None:
    """A focal point that came with several images is refused, and nothing of them is kept."""
    world = World()
    with pytest.raises(InvalidFocalPointError, match="several images"):
        await world.receive(gif(), gif(), focalPoint="0.25,1")
    assert await world.stored() == {}


async def test_store_then_announce() -> None:
    """Nothing is announced before the original is in the store, and then only by announce()."""
    world = World()
    accepted = await world.receive(gif())
    assert await world.stored() != {}
    assert await world.announced() == []
    await announce(world.door, accepted)
    assert await world.announced() == [accepted.event]
    assert world.metrics.value(UPLOAD_BYTES_TOTAL) == len(GIF)


async def test_several_files_are_a_job() -> None:
    """Several files come to one acceptance, and a manifest that lists them in order."""
    world = World()
    accepted = await world.receive(gif(), gif(OTHER_GIF), file(b"no image", "c.txt"))
    event = accepted.event
    assert isinstance(event, JobAccepted)
    assert (event.total, event.instructions) == (3, DEFAULT)
    listed = [one async for one, _ in manifest.read(world.objects, event.manifest_key)]
    assert [one.original and one.original.key for one in listed] == [
        f"originals/{derive_id(event.job_id, position)}" for position in range(3)
    ]
    assert [one.filename for one in listed] == ["cat.gif", "cat.gif", "c.txt"]
    assert len(await world.stored()) == 4
    await announce(world.door, accepted)
    assert await world.announced() == [event]


async def test_instructions_may_come_after_the_file_and_win_over_the_url() -> None:
    """A field may follow the file, and says more than a query parameter of its name."""
    accepted = await World().receive(
        gif(), FieldPart(name="instructions", value=ROTATE), instructions='{"rotate": 180}'
    )
    assert accepted.event.instructions == parse_instructions(ROTATE, {})


async def test_ids_are_never_given_twice() -> None:
    """Two uploads of the same bytes are two images."""
    world = World()
    first, second = await world.receive(gif()), await world.receive(gif())
    assert first.event.event_id != second.event.event_id
    assert len(await world.stored()) == 2


async def _gone() -> AsyncIterator[bytes]:
    yield GIF
    raise ClientGoneError("The client went away.")


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
BAD_FIELD = FieldPart(name="instructions", value='{"rotate": 361}')
REFUSED: dict[str, tuple[type[CalotypeError], list[Part]]] = {
    "nothing sent": (NothingSentError, []),
    "fields alone": (NothingSentError, [FieldPart(name="a", value="b")]),
    "an empty file": (EmptyFileError, [file(b"")]),
    "text named .jpg": (UnsupportedMediaError, [file(b"<svg onload='alert(1)'/>", "cat.jpg")]),
    "a file over the limit, in mid-stream": (
        UploadTooLargeError,
        [FilePart(filename="a", chunks=chunks(GIF, b"1" * 100, b"never read"))],
    ),
    "files over the request's limit": (UploadTooLargeError, [gif(), gif(), gif(), gif()]),
    "too many files": (UploadTooLargeError, [file(b"1")] * 5),
    "bad instructions after the file": (InvalidInstructionsError, [gif(), BAD_FIELD]),
    "bad instructions after several files": (InvalidInstructionsError, [gif(), gif(), BAD_FIELD]),
    "a client that went away": (ClientGoneError, [gif(), FilePart(filename="a", chunks=_gone())]),
}


@pytest.mark.parametrize(("error", "parts"), REFUSED.values(), ids=REFUSED)
async def test_a_refusal_leaves_nothing(error: type[CalotypeError], parts: list[Part]) -> None:
    """A refused upload leaves nothing in the store and nothing in the log."""
    settings = IngestSettings(upload_max_bytes=100, request_max_bytes=200, request_max_files=4)
    world = World(settings=settings)
    with pytest.raises(error):
        await world.receive(*parts, key="key")
    assert await world.stored() == {}
    assert await world.announced() == []


async def test_bad_instructions_in_the_url_store_nothing() -> None:
    """What is wrong in the URL is said before a byte is read."""
    with pytest.raises(InvalidInstructionsError):
        await World().receive(FilePart(filename="a", chunks=_gone()), instructions="{")


@pytest.mark.parametrize("capacity_bytes", [len(GIF) * 2 - 1, len(GIF) * 2 + 1])
async def test_a_full_store_keeps_no_half(capacity_bytes: int) -> None:
    """Where the second file or the manifest has no room, the first file does not stay either."""
    world = World(objects=MemoryObjectStore(capacity_bytes))
    with pytest.raises(StoreFullError):
        await world.receive(gif(), gif())
    assert await world.stored() == {}


async def test_the_refusal_of_a_file_says_what_is_taken() -> None:
    """Who sends the wrong kind of file is told its name and what to send instead."""
    with pytest.raises(UnsupportedMediaError, match=r"'a\.jpg' is no image.*JPEG, PNG"):
        await World().receive(file(b"text", "a.jpg"))


async def test_a_drawing_is_taken_where_the_setting_says_so() -> None:
    """An SVG is refused at the door, with the setting that it takes; where it is on, it is not."""
    world = World()
    with pytest.raises(
        UnsupportedMediaError, match=r"is SVG, .*CALOTYPE_SVG is true.*HEIC, TIFF\."
    ):
        await world.receive(file(SVG, "a.svg"))
    assert await world.stored() == {}
    world = World(settings=IngestSettings(svg=True))
    assert isinstance((await world.receive(file(SVG, "a.svg"))).event, ImageAccepted)


async def test_a_photograph_of_a_telephone_is_taken() -> None:
    """A HEIC is an image like any other."""
    accepted = await World().receive(file(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic"))
    assert isinstance(accepted.event, ImageAccepted)


async def test_a_files_name_is_cleaned() -> None:
    """A filename reaches the event without its path."""
    event = (await World().receive(file(GIF, "../../cat.gif"))).event
    assert isinstance(event, ImageAccepted)
    assert event.filename == "cat.gif"


async def test_the_time_of_acceptance_is_the_clocks() -> None:
    """An image is accepted when its last byte is stored, by the clock that came in."""
    world = World()
    before = world.clock.now()
    world.clock.advance(60)
    assert (await world.receive(gif())).event.accepted_at == before + timedelta(minutes=1)
