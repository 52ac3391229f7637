"""Spreadsheets and archives on the page, in a real browser: problems, progress, causes, output."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect

from tests.flow.test_page import PATIENCE, drop, jpeg, row, tab_to
from tests.photographs import photograph
from tests.running import Product, ShopProcess

pytestmark = [
    pytest.mark.browser,
    # The page asks what test_batches.py and test_command_jobs.py ask in both modes.
    pytest.mark.parametrize("fetching", ["standalone"], indirect=True, scope="module"),
]

HEADER = "S. No.,Product Name,Input Image Urls"


@pytest.fixture
def page(browser: Browser, fetching: Product) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        opened = context.new_page()
        opened.goto(fetching.url)
        yield opened


def sheet(name: str, *rows: str) -> FilePayload:
    text = "\n".join([HEADER, *rows, ""])
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def archive(name: str, *, good: int, broken: int = 0) -> FilePayload:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for number in range(good):
            made.writestr(f"shelf/{number}.jpg", photograph(120, 90, seed=number))
        for number in range(broken):
            made.writestr(f"shelf/broken {number}.jpg", photograph(120, 90)[:400])
    return {"name": name, "mimeType": "application/zip", "buffer": held.getvalue()}


def card(page: Page, name: str) -> Locator:
    return page.locator("#jobs .job").filter(has=page.get_by_role("heading", name=name))


def expect_state(page: Page, name: str, state: str) -> None:
    expect(card(page, name).locator(".row-state")).to_have_text(re.compile(state))


def downloaded(page: Page, name: str, link: str, folder: Path) -> list[dict[str, str]]:
    """Click the link, and return the rows of the CSV that it gives."""
    with page.expect_download() as waiting:
        card(page, name).get_by_role("link", name=link, exact=True).click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))


def test_the_operators_story(page: Page, shop: ShopProcess, tmp_path: Path) -> None:
    """A CSV with bad cells shows them; without those rows it is a job, whose CSV has new URLs."""
    rows = [f"1,Chair,{shop.url}/p/chair.jpg", "2,Table,table.jpg", f"3,Lamp,{shop.url}/p/lamp.jpg"]
    drop(page, sheet("products.csv", *rows))
    expect_state(page, "products.csv", "1 row of 3 cannot be used")
    cells = card(page, "products.csv").locator("tbody tr").first.locator("th, td")
    expect(cells).to_have_text(["3", "Input Image Urls", re.compile("table.jpg.*no URL")])
    page.get_by_role("button", name="Leave out that row, start with 2 images").click()
    expect_state(page, "products.csv", "^Finished$")
    expect(card(page, "products.csv").locator("summary")).to_have_text("1 row left out")
    output = downloaded(page, "products.csv", "Output CSV", tmp_path)
    assert [one["Product Name"] for one in output] == ["Chair", "Table", "Lamp"]
    assert [bool(one["Output Image URLs"]) for one in output] == [True, False, True]


def test_a_good_csv_starts_at_once(page: Page, shop: ShopProcess) -> None:
    """A CSV without problems needs no question: it is a job, and what it holds is told."""
    drop(page, sheet("right.csv", f"1,Chair,{shop.url}/p/a.jpg"))
    expect_state(page, "right.csv", "^Finished$")
    expect(card(page, "right.csv").locator(".row-about")).to_contain_text("1 image · CSV")


def test_a_file_that_is_no_such_sheet(page: Page) -> None:
    """A CSV without the columns is refused with what was found; another file takes its place."""
    drop(page, {"name": "diary.csv", "mimeType": "text/csv", "buffer": b"Day,Mood\n1,good\n"})
    expect_state(page, "diary.csv", "^Refused")
    expect(card(page, "diary.csv").locator(".refusal")).to_contain_text('found "Day", "Mood"')
    with page.expect_file_chooser() as chosen:
        card(page, "diary.csv").get_by_role("button", name="Choose another file").click()
    chosen.value.set_files(archive("instead.zip", good=1))
    expect_state(page, "instead.zip", "^Finished$")
    expect(card(page, "diary.csv")).to_have_count(0)


def test_thousands_of_problems(page: Page) -> None:
    """Of two thousand problems the first thousand are listed, in a frame of their own."""
    drop(page, sheet("wrong.csv", "0,Good,http://a.example/b.jpg", *["1,Bad,none"] * 2000))
    frame = page.get_by_role("region", name="Problems of wrong.csv")
    expect(frame.locator("caption")).to_have_text("The first 1,000 of 2,000 problems")
    expect(frame.locator("tbody tr")).to_have_count(1000)
    assert frame.evaluate("node => node.clientHeight") < 500
    card(page, "wrong.csv").get_by_role("button", name="Dismiss").click()
    expect(card(page, "wrong.csv")).to_have_count(0)


def test_causes_and_their_retry(page: Page, shop: ShopProcess, tmp_path: Path) -> None:
    """Failures are told by cause with a button each; retried, what can be mended completes."""
    late = f"{shop.url}/flaky/1/late-{urlsplit(page.url).port}.jpg?status=404"
    links = [f"{shop.url}/p/good.jpg", late, f"{shop.url}/page/gone.jpg"]
    drop(page, sheet("some.csv", *(f"{at},Item,{link}" for at, link in enumerate(links))))
    expect_state(page, "some.csv", "^Finished, with failures$")
    causes = card(page, "some.csv").locator(".causes li")
    expect(causes).to_have_count(2)
    assert len(downloaded(page, "some.csv", "Failed rows", tmp_path)) == 2
    causes.filter(has_text="404").get_by_role("button").click()
    expect(card(page, "some.csv").locator(".job-counts")).to_have_text("2 completed, 1 failed")
    expect_state(page, "some.csv", "^Finished, with failures$")
    expect(causes).to_have_count(1)


def test_a_job_survives_a_reload(page: Page) -> None:
    """After a reload the card is there, with its causes; earlier jobs come when asked for."""
    drop(page, archive("kept.zip", good=2, broken=1))
    expect_state(page, "kept.zip", "^Finished, with failures$")
    page.reload()
    expect_state(page, "kept.zip", "^Finished, with failures$")
    expect(card(page, "kept.zip").locator(".job-counts")).to_have_text("2 completed, 1 failed")
    expect(card(page, "kept.zip").get_by_role("button", name="Retry the 1 image")).to_be_visible()
    for number in range(3):
        drop(page, archive(f"later {number}.zip", good=1))
        expect_state(page, f"later {number}.zip", "^Finished$")
    page.reload()
    expect(page.locator("#job-cards > li")).to_have_count(3)
    page.get_by_role("button", name="Earlier jobs").click()
    expect(card(page, "kept.zip")).to_have_count(1)


def test_watched_by_few_requests(page: Page, fetching: Product) -> None:
    """A job is followed by its counts alone: its images are never listed, however many."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(fetching.url)))
    drop(page, archive("many.zip", good=150))
    expect_state(page, "many.zip", r"of 150 done")
    expect(card(page, "many.zip").get_by_role("progressbar")).to_have_attribute("max", "150")
    expect_state(page, "many.zip", "^Finished$")
    of_jobs = [path for path in asked if path.startswith(("/jobs", "/status"))]
    assert of_jobs
    assert all(re.fullmatch(r"/jobs/[0-9a-f-]{36}", path) for path in of_jobs)


def test_cancel(page: Page) -> None:
    """A job that is cancelled ends; what was left out is a cause, and can be retried."""
    drop(page, archive("stopped.zip", good=1000))
    expect_state(page, "stopped.zip", " done")
    page.get_by_role("button", name="Cancel stopped.zip").click()
    expect_state(page, "stopped.zip", "^Cancelled")
    cause = card(page, "stopped.zip").locator(".causes li").filter(has_text="cancelled")
    expect(cause.get_by_role("button")).to_be_visible()


def test_images_beside_a_sheet(page: Page, shop: ShopProcess) -> None:
    """Photographs and a CSV dropped together go their own ways."""
    drop(page, jpeg("beside.jpg"), sheet("both.csv", f"1,Chair,{shop.url}/p/chair.jpg"))
    expect(row(page, "beside.jpg")).to_have_attribute("data-phase", "completed")
    expect_state(page, "both.csv", "^Finished$")


def test_by_keyboard(page: Page) -> None:
    """By keyboard alone: choose a ZIP with a broken image, and retry it."""
    with page.expect_file_chooser() as chosen:
        tab_to(page, page.locator("#files"))
        page.keyboard.press("Enter")
    chosen.value.set_files(archive("keys.zip", good=1, broken=1))
    expect_state(page, "keys.zip", "^Finished, with failures$")
    tab_to(page, card(page, "keys.zip").get_by_role("button", name="Retry the 1 image"))
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_contain_text("keys.zip")
    expect_state(page, "keys.zip", "^Finished, with failures$")


def test_a_server_that_is_away(page: Page) -> None:
    """Where the server cannot be reached the cards say so, and go on when it can."""

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/upload", cut)
    drop(page, sheet("unsent.csv", "1,Chair,none"))
    expect(card(page, "unsent.csv").locator(".refusal")).to_contain_text("could not be reached")
    page.unroute("**/upload")
    card(page, "unsent.csv").get_by_role("button", name="Try again").click()
    expect_state(page, "unsent.csv", "^Refused")
    drop(page, archive("unwatched.zip", good=100))
    page.route("**/jobs/*", cut)
    expect_state(page, "unwatched.zip", "could not be reached.*goes on without this page")
    page.unroute("**/jobs/*")
    expect_state(page, "unwatched.zip", "^Finished$")


def test_instructions_for_a_sheet(page: Page, fetching: Product) -> None:
    """Wrong instructions are shown at their field; corrected, the file that waited is sent."""
    page.locator("#options summary").click()
    field = page.get_by_role("textbox", name="Instructions")
    field.fill('{"resise": {"width": 30}}')
    drop(page, archive("asked.zip", good=1))
    expect(page.locator("#instructions-errors")).to_contain_text("resise expected 'resize'?")
    field.fill('{"resize": {"width": 30}}')
    page.get_by_role("button", name="Try again with these instructions").click()
    expect_state(page, "asked.zip", "^Finished$")
    [job] = httpx.get(f"{fetching.url}/jobs?limit=1", trust_env=False).json()["jobs"]
    assert job["name"] == "asked.zip"
