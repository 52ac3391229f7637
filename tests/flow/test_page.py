"""The page, in a real browser: what a person sees and does, against a running product."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    FilePayload,
    Locator,
    Page,
    Route,
    WebSocketRoute,
    expect,
)

from tests.photographs import photograph
from tests.running import Product

pytestmark = pytest.mark.browser

PATIENCE = 120_000  # milliseconds: a bound for a broken product, not a claim about speed
DROP = """([files]) => {
  const transfer = new DataTransfer();
  for (const {name, type, bytes} of files) {
    const content = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0));
    transfer.items.add(new File([content], name, {type}));
  }
  document.querySelector("main")
    .dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true}));
}"""


@pytest.fixture
def page(browser: Browser, calotype: Product) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        opened = context.new_page()
        opened.goto(calotype.url)
        yield opened


def jpeg(name: str, *, width: int = 1600, height: int = 1200) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": photograph(width, height)}


def drop(page: Page, *files: FilePayload) -> None:
    encoded = [
        {
            "name": one["name"],
            "type": one["mimeType"],
            "bytes": base64.b64encode(one["buffer"]).decode(),
        }
        for one in files
    ]
    page.evaluate(DROP, [encoded])


def row(page: Page, name: str) -> Locator:
    return page.locator("#rows > li").filter(has=page.get_by_role("heading", name=name))


def expect_completed(page: Page, name: str) -> None:
    expect(row(page, name)).to_have_attribute("data-phase", "completed")


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    pytest.fail("forty times Tab did not get there")


def luminance(page: Page) -> float:
    """Return how light the page's ground is, from 0 to 1."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def test_dropped_photograph(page: Page) -> None:
    """A dropped photograph shows its renditions with sizes and savings, without reloading."""
    page.evaluate("window.untouched = true")
    drop(page, jpeg("harbour.jpg"))
    expect_completed(page, "harbour.jpg")
    line = row(page, "harbour.jpg").locator(".print").first
    expect(line.locator(".print-size")).to_have_text(re.compile(r"^\d+\s\u00d7\s\d+$"))
    expect(line.locator(".print-bytes")).to_have_text(re.compile(r"^[\d.]+\s(B|kB|MB)$"))
    expect(line.locator(".print-saving")).to_have_text(re.compile(r"% smaller$"))
    thumbnail = row(page, "harbour.jpg").get_by_alt_text("Thumbnail of harbour.jpg")
    expect(thumbnail).to_have_js_property("complete", value=True)
    assert thumbnail.evaluate("node => node.naturalWidth") > 0
    assert page.evaluate("window.untouched")


def test_rendition_opens(page: Page) -> None:
    """The link beside a rendition leads to its bytes."""
    drop(page, jpeg("linked.jpg"))
    expect_completed(page, "linked.jpg")
    link = row(page, "linked.jpg").get_by_role("link", name=re.compile("^Open ")).first
    answer = page.request.get(str(link.evaluate("node => node.href")))
    assert answer.ok
    assert answer.headers["content-type"].startswith("image/")


def test_several_files(page: Page) -> None:
    """Several files each get a row, in their order, and each is completed."""
    names = [f"frame {number}.jpg" for number in range(1, 6)]
    drop(page, *(jpeg(name, width=400, height=300) for name in names))
    expect(page.locator("#rows h3")).to_have_text(names)
    for name in names:
        expect_completed(page, name)


def test_text_named_jpg(page: Page) -> None:
    """A text file named .jpg says at its own row, in a sentence and with a code, what is wrong."""
    drop(page, {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"only words\n" * 50})
    refused = row(page, "notes.jpg")
    expect(refused).to_have_attribute("data-phase", "failed")
    expect(refused.locator(".refusal p")).to_have_text(re.compile(r"\w+ \w+ \w+.* [a-z_]+$"))
    expect(refused.get_by_role("button", name="Retry")).to_have_count(0)


def test_keyboard_only(page: Page) -> None:
    """By keyboard alone: reach the drop zone, choose, open the details, close with Escape."""
    with page.expect_file_chooser() as chosen:
        tab_to(page, page.locator("#files"))
        page.keyboard.press("Enter")
    chosen.value.set_files(jpeg("keys.jpg"))
    expect_completed(page, "keys.jpg")
    tab_to(page, page.locator("#rows").get_by_role("button", name="Details of keys.jpg"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="keys.jpg")
    expect(dialog).to_contain_text(re.compile(r"1600\s\u00d7\s1200"))
    expect(dialog).to_contain_text(re.compile("[0-9a-f]{64}"))
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_what_is_in_the_details_works(page: Page) -> None:
    """Links and what unfolds work in the dialog as elsewhere; a click beside it closes it."""
    drop(page, jpeg("inside.jpg", width=400, height=300))
    expect_completed(page, "inside.jpg")
    row(page, "inside.jpg").get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog", name="inside.jpg")
    with page.expect_popup() as opened:
        dialog.get_by_role("link", name=re.compile("^Open ")).first.click()
    assert "/image/" in opened.value.url
    dialog.locator("summary").click()
    expect(dialog.locator("details pre")).to_be_visible()
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_own_origin_and_silence(browser: Browser, calotype: Product) -> None:
    """From opening to a looked-at result, nothing goes to another origin and no error is logged."""
    asked: list[str] = []
    said: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.goto(calotype.url)
        drop(page, jpeg("quiet.jpg"))
        expect_completed(page, "quiet.jpg")
        row(page, "quiet.jpg").get_by_role("button", name="Details").click()
        expect(page.get_by_role("dialog")).to_contain_text("History")
        page.reload()
        expect(page.locator("#gallery")).to_contain_text("quiet.jpg")
    places = {urlsplit(url).netloc for url in asked if not url.startswith("blob:")}
    assert places == {urlsplit(calotype.url).netloc}
    assert [line for line in said if line.startswith("error")] == []


def test_recent(page: Page) -> None:
    """After a reload the image is the first of the recent ones, and opens from there."""
    drop(page, jpeg("kept.jpg"))
    expect_completed(page, "kept.jpg")
    page.reload()
    first = page.locator("#gallery button").first
    expect(first).to_contain_text("kept.jpg")
    first.click()
    expect(page.get_by_role("dialog", name="kept.jpg")).to_contain_text("Renditions")


def test_dark_and_light(page: Page) -> None:
    """The ground is dark where the person prefers dark, and light where they prefer light."""
    page.emulate_media(color_scheme="dark")
    dark = luminance(page)
    page.emulate_media(color_scheme="light")
    assert dark < 0.15
    assert luminance(page) > 0.85


def test_without_socket(page: Page) -> None:
    """Where no WebSocket can be had, the page asks for the status and still shows the result."""

    def hang_up(socket: WebSocketRoute) -> None:
        socket.close()

    page.route_web_socket("**/ws", hang_up)
    page.reload()
    drop(page, jpeg("polled.jpg"))
    expect_completed(page, "polled.jpg")


def test_network_error(page: Page) -> None:
    """An upload that did not reach the server says so, and Retry sends it."""

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/upload", cut)
    drop(page, jpeg("second try.jpg"))
    expect(row(page, "second try.jpg").locator(".refusal")).to_contain_text("could not be reached")
    page.unroute("**/upload")
    row(page, "second try.jpg").get_by_role("button", name="Retry").click()
    expect_completed(page, "second try.jpg")


def test_instructions_refused(page: Page) -> None:
    """Wrong instructions are shown at their field with the path; corrected, the file is sent."""
    page.locator("#options summary").click()
    field = page.get_by_role("textbox", name="Instructions")
    field.fill('{"resise": {"width": 300}}')
    drop(page, jpeg("asked.jpg"))
    expect(page.locator("#instructions-errors")).to_contain_text("resise expected 'resize'?")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill('{"resize": {"width": 300}}')
    page.get_by_role("button", name="Try again with these instructions").click()
    expect_completed(page, "asked.jpg")
    expect(page.locator("#instructions-errors")).to_be_hidden()


def test_thousand_files(page: Page) -> None:
    """Of a thousand files three are on their way, a few more are listed, the rest is counted."""

    def never_answer(_: Route) -> None:
        pass

    page.route("**/upload", never_answer)
    one = jpeg("small.jpg", width=16, height=16)
    drop(page, *(FilePayload({**one, "name": f"{number:04}.jpg"}) for number in range(1000)))
    expect(page.locator('#rows > li[data-phase="uploading"]')).to_have_count(3)
    expect(page.locator("#unlisted-text")).to_contain_text("queued")
    assert page.locator("#rows > li").count() < 100
    page.get_by_role("button", name="Cancel waiting").click()
    expect(page.locator("#rows > li")).to_have_count(3)
