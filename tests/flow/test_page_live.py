"""The page when its connection is lost in the middle of a job: it ends with everything right."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.faults.proxy import Proxy
from tests.flow.test_page import PATIENCE, drop, jpeg, row
from tests.flow.test_page_jobs import archive, card, expect_state
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("calotype", ["standalone"], indirect=True, scope="module"),
]

NAMES = [f"picture {number:02}.jpg" for number in range(12)]


@pytest.fixture
def network(calotype: Product) -> Iterator[Proxy]:
    """Yield the network between the browser and the product, which can be a bad one."""
    server = urlsplit(calotype.url)
    assert server.hostname
    assert server.port
    with Proxy(server.hostname, server.port) as proxy:
        yield proxy


@pytest.fixture
def page(browser: Browser, network: Proxy) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        opened = context.new_page()
        opened.goto(f"http://{network.address}")
        yield opened


class Sent:
    """What the page says over its WebSockets, and how many of them it has had."""

    def __init__(self, page: Page) -> None:
        self.sockets = 0
        self.messages: list[dict[str, object]] = []
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.sockets += 1
        socket.on("framesent", lambda text: self.messages.append(json.loads(text)))


def test_the_connection_is_lost_in_the_middle(page: Page, network: Proxy) -> None:
    """Cut off while images and a job are processed, the page ends with every one of them right."""
    sent = Sent(page)
    drop(page, *(jpeg(name) for name in NAMES), archive("kept on.zip", good=600))
    expect_state(page, "kept on.zip", r"of 600 done")
    expect(row(page, NAMES[0])).to_have_attribute("data-phase", "completed")
    network.refuse()
    page.wait_for_timeout(500)
    network.heal()
    for name in NAMES:
        failed = row(page, name).get_by_role("button", name=f"Retry {name}")
        expect(row(page, name).locator(".outcome a, .outcome button").first).to_be_visible()
        if failed.is_visible():  # its upload was under way: nobody can go on with that
            failed.click()
        expect(row(page, name)).to_have_attribute("data-phase", "completed")
    expect_state(page, "kept on.zip", "^Finished$")
    expect(card(page, "kept on.zip").locator(".job-counts")).to_have_text("600 completed")
    assert sent.sockets > 1
    assert any("resume" in one for one in sent.messages)


def test_cut_off_again_and_again(page: Page, network: Proxy) -> None:
    """However often the connection breaks off, a job's card comes to its end."""
    drop(page, archive("broken.zip", good=150))
    for _ in range(5):
        expect_state(page, "broken.zip", "of 150 done|^Finished$")
        network.break_off()
        page.wait_for_timeout(300)
    expect_state(page, "broken.zip", "^Finished$")


def test_a_card_is_told_live(page: Page) -> None:
    """While the socket stands a job is hardly asked for: its counts come, and then its end."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    sent = Sent(page)
    drop(page, archive("told.zip", good=300))
    expect_state(page, "told.zip", "^Finished$")
    followed = [one for one in sent.messages if one.get("images") is False]
    assert followed
    assert len([path for path in asked if path.startswith("/jobs/")]) < 12
