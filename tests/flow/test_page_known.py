"""What is known of an image, as the page shows it, and what stands in for a picture on its way."""

import re
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.flow.test_page import PATIENCE, drop, expect_completed, row
from tests.pixels.studio import encoded
from tests.running import Product
from tests.unit.processor.knowledge.exifs import BERLIN, PICTURE, SHOT, block

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("calotype", ["standalone"], indirect=True, scope="module"),
]
RED, BLUE = (200, 30, 40), (20, 40, 180)
# The mean colour of what a placeholder shows.
MEAN = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [0, 1, 2].map((channel) =>
    data.filter((_, index) => index % 4 === channel).reduce((sum, one) => sum + one, 0)
      / (data.length / 4));
}"""


@pytest.fixture
def page(browser: Browser, calotype: Product) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        opened = context.new_page()
        opened.goto(calotype.url)
        yield opened


def two_colours(name: str) -> FilePayload:
    image = Image.new("RGB", (600, 400), RED)
    ImageDraw.Draw(image).rectangle((0, 0, 149, 399), fill=BLUE)
    data = encoded(image, "PNG", exif=block(PICTURE, camera=SHOT, gps=BERLIN))
    return {"name": name, "mimeType": "image/png", "buffer": data}


def test_details_show_what_is_known(page: Page) -> None:
    """The details of an image have its palette, what its camera wrote, and not where it was."""
    drop(page, two_colours("known.png"))
    expect_completed(page, "known.png")
    row(page, "known.png").get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog", name="known.png")
    swatches = dialog.locator(".swatches li")
    expect(swatches).to_have_text([re.compile("#c81e28.*7[3-7]"), re.compile("#1428b4.*2[3-7]")])
    expect(swatches.first.locator(".swatch")).to_have_css("background-color", "rgb(200, 30, 40)")
    for text in ("Nikon", "1/250\u00a0s", "f/2.8", "50\u00a0mm", "2024-05-01 12:30:00+02:00"):
        expect(dialog).to_contain_text(text)
    expect(dialog).to_contain_text(re.compile("Perceptual hash[0-9a-f]{16}"))
    expect(dialog).not_to_contain_text("52.52")


def test_a_picture_on_its_way_has_a_placeholder(page: Page) -> None:
    """Until a picture has come, its colours are there; then they go, and nothing is logged."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    drop(page, two_colours("late.png"))
    expect_completed(page, "late.png")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/image/"), hold)
    page.reload()
    tile = page.locator("#gallery > li").filter(has_text="late.png")
    placeholder = tile.locator("canvas.placeholder")
    mean = placeholder.evaluate(MEAN)
    expected = [0.75 * one + 0.25 * other for one, other in zip(RED, BLUE, strict=True)]
    assert mean == pytest.approx(expected, abs=20)
    tile.get_by_role("button").click()
    plate = page.get_by_role("dialog").locator(".plate")
    expect(plate).to_have_js_property("tagName", "CANVAS")
    shape = plate.bounding_box()
    for route in held:
        route.continue_()
    expect(placeholder).to_have_count(0)
    expect(plate).to_have_js_property("tagName", "IMG")
    assert plate.bounding_box() == shape
    assert said == []
