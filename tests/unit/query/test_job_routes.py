"""Jobs over HTTP: the list, one as a whole, its images, and its files."""

import asyncio
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from calotype_core.domain.events import Event, JobCancelled
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Failure, Original
from calotype_core.domain.manifest import Entry, dump
from calotype_core.domain.sheets import SheetRules, open_sheet
from calotype_core.domain.sheets import dump as dump_sheet
from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_query.job_routes import JobRoutes
from calotype_query.look_up import LookUp
from calotype_query.settings import QuerySettings
from tests.unit.query.job_stories import (
    JOB_ID,
    NOW,
    World,
    accepted,
    failed,
    job_accepted,
    processed,
    retried,
    url_of,
)

BASE = "https://images.example"
HERE = f"/jobs/{JOB_ID}"
SHEET = (
    "Serial Number;Product Name;Image URLs\r\n"
    f'1;Caf\u00e9;"{url_of(0)}, {url_of(1)}"\r\n'
    f"2;=1+1;{url_of(2)}\r\n"
).encode("cp1252")
Client = TestClient[Litestar]


@contextmanager
def serving(world: World, *, keep_failed: bool = True) -> Iterator[Client]:
    told = QuerySettings(public_url=BASE, csv_keep_failed_links=keep_failed)
    look_up = LookUp(images=world.images, jobs=world.jobs, clock=world.clock, settings=told)
    routes = JobRoutes(look_up=look_up, objects=world.objects, settings=told)
    app = Litestar(list(routes.handlers()), exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app) as client:
        yield client


def of_sheet(*events: Event, name: str | None = "Products 2026.csv", sheet: bytes = SHEET) -> World:
    """Return a world in which a CSV came in, and this happened."""
    world = World()

    async def fill() -> None:
        read = open_sheet(lambda: iter([sheet]), SheetRules())
        await world.put(f"{HERE[1:]}/input.csv", sheet)
        await world.put(f"{HERE[1:]}/sheet.json", dump_sheet(read))
        await world.project(job_accepted(name=name), *events)

    asyncio.run(fill())
    return world


def of_list(kind: str, *entries: Entry, events: tuple[Event, ...] = ()) -> World:
    """Return a world in which something else came in, and this happened."""
    world = World()

    async def fill() -> None:
        await world.put(f"{HERE[1:]}/manifest.jsonl", b"".join(map(dump, entries)))
        await world.project(job_accepted(total=len(entries), kind=kind), *events)

    asyncio.run(fill())
    return world


def ours(position: int) -> str:
    return f"{BASE}/image/{derive_id(JOB_ID, position)}"


HALF: tuple[Event, ...] = (*(accepted(position) for position in range(3)), processed(0), failed(1))
WHOLE: tuple[Event, ...] = (*HALF, failed(2, code="corrupt"))


def test_a_job_as_a_whole() -> None:
    """A job tells its counts, its rate, its causes with an example each, and its first failures."""
    world = of_sheet(*HALF)
    world.clock.advance(4)
    with serving(world) as client:
        answer = client.get(HERE)
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    item = {
        "position": 1,
        "imageId": derive_id(JOB_ID, 1),
        "status": "failed",
        "filename": "1.jpg",
        "inputUrl": url_of(1),
        "url": None,
        "failureCode": "not_found",
        "failureMessage": "It is not there.",
    }
    assert told == {
        "jobId": JOB_ID,
        "kind": "csv",
        "name": "Products 2026.csv",
        "status": "processing",
        "total": 3,
        "waiting": 0,
        "running": 1,
        "completed": 1,
        "failed": 1,
        "acceptedAt": "2026-01-01T00:00:00Z",
        "cancelledAt": None,
        "finishedAt": None,
        "generation": 1,
        "causes": [{"code": "not_found", "count": 1, "example": "It is not there."}],
        "rate": 0.5,
        "secondsLeft": 2.0,
        "firstFailures": [item],
        "links": {
            "items": f"{HERE}/items",
            "output": f"{HERE}/output.csv",
            "failed": f"{HERE}/failed.csv",
            "input": f"{HERE}/input",
        },
    }


def test_a_finished_job_can_be_retried() -> None:
    """The link to retry is there where a retry would be taken."""
    with serving(of_sheet(*WHOLE)) as client:
        told = client.get(HERE).json()
    assert (told["status"], told["links"]["retry"]) == ("completed", f"{HERE}/retry")
    assert [(one["code"], one["count"]) for one in told["causes"]] == [
        ("corrupt", 1),
        ("not_found", 1),
    ]
    with serving(of_sheet(*WHOLE, retried())) as client:
        told = client.get(HERE).json()
    assert (told["status"], told["generation"]) == ("processing", 2)
    assert "retry" not in told["links"]


def test_causes_beyond_the_first_failures_have_examples() -> None:
    """A cause that none of the first failures is of has an example all the same."""
    many = [failed(position) for position in range(12)]
    world = of_list(
        "zip",
        *(Entry(position=position) for position in range(13)),
        events=(*many, failed(12, code="rare")),
    )
    with serving(world) as client:
        told = client.get(HERE).json()
    assert len(told["firstFailures"]) == 10
    assert told["causes"] == [
        {"code": "not_found", "count": 12, "example": "It is not there."},
        {"code": "rare", "count": 1, "example": "It is not there."},
    ]


def test_a_cancelled_job_says_so() -> None:
    """The time of a cancellation is told beside the status."""
    with serving(of_sheet(*HALF, JobCancelled(job_id=JOB_ID, cancelled_at=NOW))) as client:
        told = client.get(HERE).json()
    assert (told["status"], told["cancelledAt"]) == ("processing", "2026-01-01T00:00:00Z")


def test_jobs_are_listed_newest_first() -> None:
    """Pages of jobs follow each other by the next link; the last one has none."""
    world = World()
    ids = [JOB_ID[:-1] + digit for digit in "123"]
    for job_id in ids:
        asyncio.run(world.project(replace(job_accepted(name=job_id), job_id=job_id)))
    asyncio.run(world.project(replace(processed(0), job_id=JOB_ID[:-1] + "0")))
    with serving(world) as client:
        first = client.get("/jobs", params={"limit": 2}).json()
        second = client.get(first["next"]).json()
    assert [one["name"] for one in first["jobs"]] == [ids[2], ids[1]]
    # The other one has not been accepted yet, as far as is known.
    assert [one["name"] for one in second["jobs"]] == [ids[0]]


def test_items_come_a_page_at_a_time() -> None:
    """A job's images follow each other in the order of the request."""
    with serving(of_sheet(*WHOLE)) as client:
        first = client.get(f"{HERE}/items", params={"limit": 2}).json()
        second = client.get(first["next"]).json()
    assert [one["url"] for one in first["items"]] == [ours(0), None]
    assert [one["failureCode"] for one in second["items"]] == ["corrupt"]
    assert "next" not in second


@pytest.mark.parametrize(
    ("asked", "positions"),
    [("status=failed", [1, 2]), ("cause=corrupt", [2]), ("status=failed&cause=none", [])],
)
def test_items_are_narrowed(asked: str, positions: list[int]) -> None:
    """Failed images alone, or those of one cause, can be asked for; pages keep to it."""
    with serving(of_sheet(*WHOLE)) as client:
        told = client.get(f"{HERE}/items?limit=1&{asked}").json()
        items = told["items"]
        while told.get("next"):
            told = client.get(told["next"]).json()
            items += told["items"]
    assert [one["position"] for one in items] == positions


def test_items_of_another_status_cannot_be_asked_for() -> None:
    """What status can be is said."""
    with serving(of_sheet(*WHOLE)) as client:
        told = client.get(f"{HERE}/items?status=good").json()
    assert told["code"] == "malformed_request"
    assert told["errors"] == [{"path": "status", "expected": "failed, or nothing", "got": '"good"'}]


def test_the_output_is_the_sheet_with_results() -> None:
    """The same rows in the same dialect and encoding, each image's URL at its input's place."""
    with serving(of_sheet(*WHOLE)) as client:
        answer = client.get(f"{HERE}/output.csv")
    assert answer.headers["content-type"] == "text/csv; charset=windows-1252"
    assert answer.headers["cache-control"] == "no-store"
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="Products 2026-output.csv"'
    )
    assert answer.content.decode("cp1252") == (
        "Serial Number;Product Name;Image URLs;Output Image URLs;Errors\r\n"
        f"1;Caf\u00e9;{url_of(0)}, {url_of(1)};{ours(0)}, {url_of(1)};"
        "2: not_found It is not there.\r\n"
        f"2;'=1+1;{url_of(2)};{url_of(2)};1: corrupt It is not there.\r\n"
    )


def test_the_output_of_a_running_job() -> None:
    """While a job runs, what has no outcome has neither URL nor error yet."""
    with serving(of_sheet(*HALF)) as client:
        told = rows_of(client.get(f"{HERE}/output.csv").content, ";", "cp1252")
    assert [row[3:] for row in told[1:]] == [
        [f"{ours(0)}, {url_of(1)}", "2: not_found It is not there."],
        ["", ""],
    ]


def test_the_links_of_failed_images_may_be_left_out() -> None:
    """Where they are not to be kept, a failed image's place is empty."""
    with serving(of_sheet(*WHOLE), keep_failed=False) as client:
        told = rows_of(client.get(f"{HERE}/output.csv").content, ";", "cp1252")
    assert [row[3] for row in told[1:]] == [f"{ours(0)}, ", ""]


def test_the_failed_rows() -> None:
    """Rows with failed images are there with those alone, and can be uploaded as they are."""
    with serving(of_sheet(*WHOLE)) as client:
        answer = client.get(f"{HERE}/failed.csv")
    told = rows_of(answer.content, ";", "cp1252")
    assert [row[2] for row in told[1:]] == [url_of(1), url_of(2)]
    open_sheet(lambda: iter([answer.content]), SheetRules())


def test_a_large_sheet_comes_in_pieces_and_whole() -> None:
    """A sheet of more rows than are written at once has every row, each with its own images."""
    count = 1_200
    lines = [f'{n},Product {n},"{url_of(2 * n)},{url_of(2 * n + 1)}"' for n in range(count)]
    lines.insert(600, "")  # a blank row is carried through, and has no image
    sheet = "\n".join(["SKU,Name,Image URLs", *lines, ""]).encode()
    odd = [position for position in range(2 * count) if position % 7]
    world = of_sheet(*map(processed, odd), sheet=sheet)
    with serving(world) as client:
        told = rows_of(client.get(f"{HERE}/output.csv").content, ",", "utf-8")
    assert told.pop(601) == []
    for n, row in enumerate(told[1:]):
        shown = [ours(one) if one % 7 else "" for one in (2 * n, 2 * n + 1)]
        assert row[3] == ",".join(shown)
    assert len(told) == count + 1


@pytest.mark.parametrize("kind", ["zip", "urls", "files"])
def test_what_came_in_as_no_sheet_is_listed(kind: str) -> None:
    """The output of any other job has a row an image: name, URL, new URL, error."""
    key = f"originals/{derive_id(JOB_ID, 0)}"
    entries = (
        Entry(position=0, filename="a/1.jpg", original=Original(key=key, size_bytes=1, sha256="")),
        Entry(position=1, filename="1.jpg", url=url_of(1)),
        Entry(position=2, filename="b", failure=Failure(code="encrypted", message="It is.")),
    )
    with serving(of_list(kind, *entries, events=(processed(0), failed(1)))) as client:
        output, only = client.get(f"{HERE}/output.csv"), client.get(f"{HERE}/failed.csv")
    failure = ["1.jpg", url_of(1), url_of(1), "not_found It is not there."]
    assert output.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"{JOB_ID}-output.csv" in output.headers["content-disposition"]
    assert rows_of(output.content, ",", "utf-8-sig") == [
        ["Name", "Image URL", "Output Image URLs", "Errors"],
        ["a/1.jpg", "", ours(0), ""],
        failure,
        ["b", "", "", ""],
    ]
    assert rows_of(only.content, ",", "utf-8-sig")[1:] == [failure]


def test_a_job_of_an_older_version_is_listed_too() -> None:
    """A manifest whose entries were written otherwise has the names of its images all the same."""
    world = of_list("files", Entry(position=0), events=(processed(0),))
    line = b'{"position":0,"filename":"cat.jpg","key":"originals/a","sizeBytes":1,"sha256":""}\n'
    asyncio.run(world.put(f"{HERE[1:]}/manifest.jsonl", line))
    with serving(world) as client:
        told = rows_of(client.get(f"{HERE}/output.csv").content, ",", "utf-8-sig")
    assert told[1:] == [["cat.jpg", "", ours(0), ""]]


def test_the_input_comes_back_as_it_was() -> None:
    """A CSV is sent back byte for byte, under its own name, with its size."""
    with serving(of_sheet(name="Köln été.csv")) as client:
        for path in ("input.csv", "input"):
            answer = client.get(f"{HERE}/{path}")
            assert answer.content == SHEET
            assert answer.headers["content-length"] == str(len(SHEET))
            assert answer.headers["content-type"] == "text/csv"
            told = answer.headers["content-disposition"]
            assert told.endswith("filename*=UTF-8''K%C3%B6ln%20%C3%A9t%C3%A9.csv")


def test_a_list_of_urls_comes_back_as_it_was() -> None:
    """A list of URLs is kept as JSON, and is no CSV."""
    world = of_list("urls", Entry(position=0, url=url_of(0)))
    asyncio.run(world.put(f"{HERE[1:]}/input.json", b"[]"))
    with serving(world) as client:
        for path in ("input.json", "input"):
            assert client.get(f"{HERE}/{path}").content == b"[]"
        told = client.get(f"{HERE}/input.csv").json()
    assert (told["status"], told["code"]) == (404, "input_missing")
    assert f"{HERE}/input.json has it" in told["detail"]


@pytest.mark.parametrize(("kind", "said"), [("zip", "as a ZIP"), ("files", "separate files")])
def test_an_input_that_is_not_kept_says_what_there_is(kind: str, said: str) -> None:
    """Where nothing of the input is kept, the answer leads to the images."""
    with serving(of_list(kind, Entry(position=0))) as client:
        told = client.get(f"{HERE}/input").json()
    assert (told["status"], told["code"]) == (404, "input_missing")
    assert said in told["detail"]
    assert f"{HERE}/items" in told["detail"]


def test_an_input_that_is_gone_is_told_before_the_answer_begins() -> None:
    """Where somebody has emptied the store, every file is a 404, not half an answer."""
    world = of_sheet(*WHOLE)
    asyncio.run(world.objects.delete(f"{HERE[1:]}/input.csv"))
    with serving(world) as client:
        for path in ("input", "input.csv", "output.csv", "failed.csv"):
            told = client.get(f"{HERE}/{path}").json()
            assert (told["code"], "any more" in told["detail"]) == ("input_missing", True), path


@pytest.mark.parametrize("path", ["input", "input.csv", "output.csv", "failed.csv"])
def test_head_is_about_the_file(path: str) -> None:
    """HEAD tells what GET would, and sends nothing."""
    with serving(of_sheet(*WHOLE)) as client:
        head, whole = client.head(f"{HERE}/{path}"), client.get(f"{HERE}/{path}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-disposition", "content-length"):
        assert head.headers.get(name) == whole.headers.get(name)


PATHS = ["", "/items", "/input", "/input.csv", "/input.json", "/output.csv", "/failed.csv"]


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_job_is_none(path: str) -> None:
    """No job, or no id, is told as everywhere."""
    with serving(World()) as client:
        assert client.get(f"{HERE}{path}").json()["code"] == "unknown_id"
        assert client.get(f"/jobs/latest{path}").json()["code"] == "malformed_id"


@pytest.mark.parametrize("path", PATHS[2:])
def test_a_job_whose_acceptance_is_on_its_way_is_asked_for_again(path: str) -> None:
    """Where images of a job are known and the job is not, its files may be there in a moment."""
    world = World()
    asyncio.run(world.project(processed(0)))
    with serving(world) as client:
        told = client.get(f"{HERE}{path}").json()
    assert (told["status"], told["code"], told["retry"]) == (503, "not_yet_known", True)


def rows_of(data: bytes, delimiter: str, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))
