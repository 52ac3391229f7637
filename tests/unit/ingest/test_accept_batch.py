"""Many images in one file: what it comes to, and that a refusal leaves nothing."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from calotype_core.domain.events import ImageAccepted, JobAccepted
from calotype_core.domain.ids import derive_id
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.manifest import Entry
from calotype_core.domain.sheets import load, rows
from calotype_core.errors import CalotypeError
from calotype_ingest import manifest
from calotype_ingest.accept_upload import announce
from calotype_ingest.claims import AnsweredBefore
from calotype_ingest.errors import InvalidSheetError, MixedUploadError
from calotype_ingest.parts import FilePart
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.bodies import chunks
from tests.unit.ingest.doors import CSV_DEFAULT, DEFAULT, GIF, World

pytestmark = pytest.mark.anyio

HEADER = "S. No.,Product Name,Input Image Urls\r\n"
GOOD = (
    HEADER + '1,Shoe,"https://a.example/1.jpg,https://a.example/2.jpg"\r\n2,Hat,https://b.example/h'
)
BAD = HEADER + "1,Shoe,https://a.example/1.jpg\r\n2,Hat,nope\r\n3,,\r\n"
ROTATE = parse_instructions('{"rotate": 90}', {})


@dataclass(frozen=True)
class Sending:
    """A file that can be sent more than once."""

    content: bytes
    filename: str | None = None
    content_type: str = ""

    def part(self) -> FilePart:
        return FilePart(
            filename=self.filename, chunks=chunks(self.content), content_type=self.content_type
        )


def sheet(text: str, filename: str | None = "products.csv", content_type: str = "") -> Sending:
    return Sending(text.encode(), filename, content_type)


def listed(document: object) -> Sending:
    return Sending(json.dumps(document).encode(), None, "application/json")


def archive(contents: Mapping[str, bytes]) -> Sending:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return Sending(written.getvalue(), "images.zip")


async def job_and_entries(world: World, sent: Sending) -> tuple[JobAccepted, list[Entry]]:
    event = (await world.receive(sent.part())).event
    assert isinstance(event, JobAccepted)
    entries = [one async for one, _ in manifest.read(world.objects, event.manifest_key)]
    assert event.total == len(entries)
    return event, entries


@pytest.mark.parametrize("sent", [sheet(GOOD), sheet(GOOD, None, "text/csv; charset=utf-8")])
async def test_a_csv_is_a_job_of_its_urls(sent: Sending) -> None:
    """Each URL is an image, in order; the CSV is kept as it came, with how it is to be read."""
    world = World()
    job, entries = await job_and_entries(world, sent)
    assert [one.url for one in entries] == [
        "https://a.example/1.jpg",
        "https://a.example/2.jpg",
        "https://b.example/h",
    ]
    assert [one.filename for one in entries] == ["1.jpg", "2.jpg", "h"]
    assert (job.kind, job.name, job.instructions) == ("csv", sent.filename, CSV_DEFAULT)
    stored = await world.stored()
    assert set(stored) == {
        f"jobs/{job.job_id}/{name}" for name in ("input.csv", "manifest.jsonl", "sheet.json")
    }
    kept = stored[f"jobs/{job.job_id}/input.csv"]
    assert kept == GOOD.encode()
    again = rows(iter([kept]), load(stored[f"jobs/{job.job_id}/sheet.json"]))
    assert [url for row in again for url in row.urls] == [one.url for one in entries]


async def test_a_zip_is_a_job_of_its_files() -> None:
    """Each image of a ZIP is an original of its own; what is none has its failure; no ZIP stays."""
    world = World()
    job, entries = await job_and_entries(world, archive({"a/ä.gif": GIF, "b.txt": b"text"}))
    first, second = entries
    assert (first.filename, second.filename) == ("a/ä.gif", "b.txt")
    assert first.original is not None
    assert first.original.key == f"originals/{derive_id(job.job_id, 0)}"
    assert second.failure is not None
    assert (job.kind, job.name, job.instructions) == ("zip", "images.zip", DEFAULT)
    assert set(await world.stored()) == {first.original.key, job.manifest_key}


async def test_a_list_is_a_job_of_its_urls() -> None:
    """A list's images have their own instructions where they say so, else the list's."""
    world = World()
    sent = listed(
        {
            "urls": ["https://a.example/1", {"url": "https://a.example/2", "instructions": "r"}],
            "instructions": {"rotate": 90},
            "callbackUrl": "https://hook.example/",
        }
    )
    world.door = world.with_presets({"r": '{"flip": "both"}'})
    job, [first, second] = await job_and_entries(world, sent)
    assert (job.kind, job.instructions) == ("urls", ROTATE)
    assert job.callback_url == "https://hook.example/"
    assert first.instructions is None
    assert second.instructions == parse_instructions('{"flip": "both"}', {}).canonical()


async def test_one_url_is_an_image() -> None:
    """An object with one url is a single upload, and no job; its list does not stay."""
    world = World()
    sent = listed({"url": "https://a.example/a%20b.jpg", "instructions": {"rotate": 90}})
    event = (await world.receive(sent.part())).event
    assert isinstance(event, ImageAccepted)
    assert (event.url, event.filename) == ("https://a.example/a%20b.jpg", "a b.jpg")
    assert event.instructions == ROTATE
    assert await world.stored() == {}


async def test_a_list_is_told_what_its_client_accepts() -> None:
    """Instructions within a list leave the format open like any others, and are filled in."""
    world = World()
    own = {"url": "https://a.example/2", "instructions": {"rotate": 90}}
    sent = listed({"urls": ["https://a.example/1", own], "instructions": {"rotate": 90}})
    accepted = await world.receive(sent.part(), accept="image/webp")
    expected = parse_instructions('{"rotate": 90, "accepts": ["webp"]}', {})
    assert accepted.event.instructions == expected
    assert isinstance(accepted.event, JobAccepted)
    read = manifest.read(world.objects, accepted.event.manifest_key)
    assert [one.instructions async for one, _ in read] == [None, expected.canonical()]


async def test_wishes_in_the_request_count() -> None:
    """Instructions of the request are those of each image of the CSV."""
    accepted = await World().receive(sheet(GOOD).part(), instructions='{"rotate": 90}')
    assert accepted.event.instructions == ROTATE


REFUSED: dict[str, tuple[str, Sending]] = {
    "an empty CSV": ("empty_sheet", sheet("")),
    "no header": ("no_header", sheet("1,2,https://a.example/1.jpg\n")),
    "a missing column": ("missing_column", sheet("Name,Price\nShoe,3\n")),
    "a PDF": ("not_a_sheet", sheet("%PDF-1.7\n%âãÏÓ\n")),
    "cells with problems": ("invalid_csv", sheet(BAD)),
    "no image in a ZIP": ("zip_without_images", archive({"a.txt": b"text"})),
    "a list with a problem": ("invalid_url_list", listed(["nope"])),
    "too many rows": ("too_many_rows", sheet(GOOD + "\r\n" + "3,x,https://c.example/3\r\n" * 3)),
}


@pytest.mark.parametrize("query", [{}, {"dryRun": "true"}])
@pytest.mark.parametrize(("code", "sent"), REFUSED.values(), ids=REFUSED)
async def test_a_refusal_leaves_nothing(code: str, sent: Sending, query: Mapping[str, str]) -> None:
    """What is refused says why, and leaves nothing in the store and nothing in the log."""
    world = World(settings=IngestSettings(csv_max_rows=4))
    with pytest.raises(CalotypeError) as caught:
        await world.receive(sent.part(), **query)
    assert caught.value.code == code
    assert await world.stored() == {}
    assert await world.announced() == []


async def test_every_problem_is_told_where_it_is() -> None:
    """A CSV with problems is refused with all of them: row, column, issue."""
    with pytest.raises(InvalidSheetError) as caught:
        await World().receive(sheet(BAD).part())
    errors = caught.value.about["errors"]
    assert isinstance(errors, list)
    assert [(one["row"], one["column"]) for one in errors] == [
        (3, "Input Image Urls"),
        (4, "Input Image Urls"),
    ]
    assert caught.value.about["errorCount"] == 2


async def test_the_good_rows_are_let_through() -> None:
    """With strict=false the rows that are right are a job, and what was left is told."""
    accepted = await World().receive(sheet(BAD).part(), strict="false")
    assert isinstance(accepted.event, JobAccepted)
    assert accepted.event.total == 1
    assert accepted.report is not None
    assert (accepted.report.rows, accepted.report.rows_left) == (3, 2)


@pytest.mark.parametrize(
    "sent", [sheet(GOOD), archive({"a.gif": GIF}), listed(["https://a.example/"])]
)
async def test_a_dry_run_makes_nothing(sent: Sending) -> None:
    """A dry run says what there would be, and keeps nothing of it, not even its key."""
    world = World()
    accepted = await world.receive(sent.part(), key="key", dryRun="true")
    assert accepted.dry_run
    assert isinstance(accepted.event, JobAccepted)
    assert accepted.event.total > 0
    assert await world.stored() == {}
    assert await world.keys.get("key") is None


IMAGE = Sending(GIF, "cat.gif")


@pytest.mark.parametrize(
    "several", [[IMAGE, sheet(GOOD)], [sheet(GOOD), IMAGE], [sheet(GOOD), archive({"a": GIF})]]
)
async def test_a_source_comes_alone(several: list[Sending]) -> None:
    """A CSV, a ZIP or a list that did not come alone is refused, whichever came first."""
    world = World()
    with pytest.raises(MixedUploadError):
        await world.receive(*(one.part() for one in several))
    assert await world.stored() == {}


async def test_the_same_csv_under_one_key_is_one_job() -> None:
    """A CSV sent again under its key is the same job, answered as before once it was."""
    world = World()
    first = await world.receive(sheet(GOOD).part(), key="key")
    await announce(world.door, first)
    stored = await world.stored()
    again = await world.receive(sheet(GOOD).part(), key="key")
    assert again.event.event_id == first.event.event_id
    assert await world.stored() == stored
    await world.keys.answer("key", "the answer")
    assert await world.ask(sheet(GOOD).part(), key="key") == AnsweredBefore(answer="the answer")
    assert await world.stored() == stored
