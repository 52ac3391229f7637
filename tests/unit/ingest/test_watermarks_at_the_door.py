"""Whatever way an image comes in, its instructions name the very bytes of its watermarks."""

import hashlib
import json
from dataclasses import replace

import pytest

from calotype_core.asking import InvalidInstructionsError
from calotype_core.domain.events import ImageAccepted, JobAccepted
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions, parse_presets
from calotype_core.watermarks import watermark_images
from calotype_ingest import manifest
from calotype_ingest.accept_object import accept_object
from calotype_ingest.accept_upload import Accepted, receive_upload
from calotype_ingest.asked import read_asked
from calotype_ingest.errors import InvalidUrlListError
from calotype_ingest.keep_watermark import WatermarkShelf
from calotype_ingest.parts import FilePart, Part
from tests.unit.ingest.bodies import chunks, file
from tests.unit.ingest.doors import GIF, OTHER_GIF, World, gif, in_turn
from tests.unit.ingest.inbox_doors import InboxWorld

pytestmark = pytest.mark.anyio

LOGO = GIF + b"logo"
PINNED = f"logo.png@{hashlib.sha256(LOGO).hexdigest()[:16]}"
MARKED = parse_instructions('{"watermark": "logo.png"}', {})
TEXT = '{"watermark": "logo.png"}'
SHEET = b"S. No.,Product Name,Input Image Urls\r\n1,Shoe,https://a.example/1.jpg\r\n"


@pytest.fixture
def world() -> World:
    return World()


async def keep(world: World | InboxWorld, data: bytes = LOGO) -> None:
    shelf = WatermarkShelf(objects=world.objects, clock=world.clock, most_bytes=1000)
    await shelf.keep("logo.png", in_turn(file(data)))


def named(instructions: Instructions) -> list[str]:
    return watermark_images(instructions)


def listed(document: object) -> Part:
    return FilePart(
        filename=None,
        chunks=chunks(json.dumps(document).encode()),
        content_type="application/json",
    )


async def test_an_upload(world: World) -> None:
    """An image's and a job's event name the bytes that the logo had then."""
    await keep(world)
    one = await world.receive(gif(), instructions=TEXT)
    await keep(world, OTHER_GIF)
    assert isinstance(one.event, ImageAccepted)
    assert named(one.event.instructions) == [PINNED]
    job = await world.receive(gif(), gif(OTHER_GIF), instructions=TEXT)
    assert isinstance(job.event, JobAccepted)
    assert named(job.event.instructions) != [PINNED]


@pytest.mark.parametrize("count", [1, 2])
async def test_an_unknown_one_leaves_nothing(world: World, count: int) -> None:
    """An upload whose watermark is not stored is refused with its path, and nothing of it stays."""
    with pytest.raises(InvalidInstructionsError) as caught:
        await world.receive(*(gif() for _ in range(count)), instructions=TEXT)
    [problem] = caught.value.problems
    assert problem.path == "renditions[0].steps[0].watermark.image"
    assert await world.stored() == {}


async def test_a_preset_and_a_default(world: World) -> None:
    """A preset's and a default's watermark is looked for when it is used."""
    presets = parse_presets(json.dumps({"marked": {"watermark": "logo.png"}}))
    door = replace(world.door, defaults=replace(world.door.defaults, presets=presets, image=MARKED))

    async def upload(**fields: str) -> Accepted:
        accepted = await receive_upload(
            door,
            in_turn(gif()),
            read=lambda fields: read_asked(fields, presets, world.settings),
            query=fields,
            idempotency_key=None,
        )
        assert isinstance(accepted, Accepted)
        return accepted

    for fields in ({}, {"instructions": '"marked"'}):
        with pytest.raises(InvalidInstructionsError, match="none is stored"):
            await upload(**fields)
    await keep(world)
    for fields in ({}, {"instructions": '"marked"'}):
        event = (await upload(**fields)).event
        assert isinstance(event, ImageAccepted)
        assert named(event.instructions) == [PINNED]


async def test_the_same_request_again(world: World) -> None:
    """A request that is repeated under its key is the same one, though the logo was replaced."""
    await keep(world)
    first = await world.receive(gif(), key="key", instructions=TEXT)
    await keep(world, OTHER_GIF)
    again = await world.receive(gif(), key="key", instructions=TEXT)
    assert isinstance(first.event, ImageAccepted)
    assert isinstance(again.event, ImageAccepted)
    assert first.event.image_id == again.event.image_id


async def test_a_sheet(world: World) -> None:
    """A CSV's images are all made with the bytes that the logo had when it came."""
    with pytest.raises(InvalidInstructionsError):
        await world.receive(file(SHEET, "a.csv"), instructions=TEXT)
    assert await world.stored() == {}
    await keep(world)
    accepted = await world.receive(file(SHEET, "a.csv"), instructions=TEXT)
    assert isinstance(accepted.event, JobAccepted)
    assert named(accepted.event.instructions) == [PINNED]


async def test_a_list(world: World) -> None:
    """Each entry of a list names the bytes, by its own instructions or by those of all."""
    await keep(world)
    own = {"url": "https://a.example/1.jpg", "instructions": {"watermark": "logo.png"}}
    document = {"urls": [own, "https://a.example/2.jpg", own], "instructions": json.loads(TEXT)}
    accepted = await world.receive(listed(document))
    event = accepted.event
    assert isinstance(event, JobAccepted)
    assert named(event.instructions) == [PINNED]
    entries = [entry async for entry, _ in manifest.read(world.objects, event.manifest_key)]
    told = [
        named(parse_instructions(one.instructions, {})) if one.instructions else None
        for one in entries
    ]
    assert told == [[PINNED], None, [PINNED]]


async def test_one_url(world: World) -> None:
    """A single URL's instructions name the bytes, too."""
    await keep(world)
    own = {"url": "https://a.example/1.jpg", "instructions": {"watermark": "logo.png"}}
    accepted = await world.receive(listed(own))
    assert isinstance(accepted.event, ImageAccepted)
    assert named(accepted.event.instructions) == [PINNED]


UNKNOWN = {"watermark": "lgo.png"}
OWN = {"url": "https://a.example/1.jpg", "instructions": UNKNOWN}
OTHER = "https://a.example/2.jpg"
LISTS: list[tuple[object, str]] = [
    ([OTHER, OWN], "[1].instructions"),
    ({"urls": [OWN, OTHER]}, "urls[0].instructions"),
    ({"urls": [OTHER], "instructions": UNKNOWN}, "instructions"),
    (OWN, "instructions"),
]


@pytest.mark.parametrize(("document", "path"), LISTS)
async def test_an_unknown_one_in_a_list(world: World, document: object, path: str) -> None:
    """An unknown watermark is told with its place in the list, and nothing stays."""
    with pytest.raises(InvalidUrlListError) as caught:
        await world.receive(listed(document))
    [problem] = caught.value.problems
    assert problem.path == f"{path}.renditions[0].steps[0].watermark.image"
    assert await world.stored() == {}


async def test_the_inbox() -> None:
    """An object of the inbox is made with the logo, or fails on record where there is none."""
    world = InboxWorld()
    door = replace(world.door(), instructions=MARKED)
    await accept_object(await world.arrive("a.gif"), door)
    await keep(world)
    await accept_object(await world.arrive("b.gif", OTHER_GIF), door)
    told = [named(one.instructions) for one in await world.announced()]
    assert told == [["logo.png"], [PINNED]]
