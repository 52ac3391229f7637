"""Who is told, on the page and in a real browser: webhooks, what they were sent, and once more."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from calotype_notifier.catalogue import BY_DEFAULT, SUBSCRIBABLE
from tests.flow.test_page import PATIENCE, drop, jpeg, tab_to
from tests.running import Calotype, ReceiverProcess

pytestmark = pytest.mark.browser

TITLE = '"><img src=x onerror="document.title=1"><script>document.title=2</script>'


@pytest.fixture(scope="module")
def calling(
    receiver: ReceiverProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Calotype]:
    """Yield a running product that may call the receiver."""
    running = Calotype(tmp_path_factory.mktemp("calling") / "data", receiver.allowed)
    running.start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture
def page(browser: Browser, calling: Calotype) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        opened = context.new_page()
        opened.goto(calling.url)
        opened.get_by_role("link", name="Notifications").click()
        yield opened


def card(page: Page, url: str) -> Locator:
    return page.locator(".webhook").filter(has=page.get_by_role("heading", name=url, exact=True))


def delivery(page: Page, event: str, to: str) -> Locator:
    """Return the latest delivery of an event to an endpoint."""
    rows = page.locator(".delivery").filter(has=page.get_by_text(to, exact=True))
    return rows.filter(has=page.get_by_text(event, exact=True)).first


def made(page: Page, url: str, description: str = "", *, more: str = "") -> str:
    """Make a webhook, and return its secret; more is a type that it is told of besides."""
    page.get_by_role("button", name="New webhook").click()
    page.get_by_role("textbox", name="URL", exact=True).fill(url)
    page.get_by_label("Description").fill(description)
    if more:
        page.get_by_role("checkbox", name=more).check()
    page.get_by_role("button", name="Create", exact=True).click()
    secret = card(page, url).locator(".secret code")
    expect(secret).to_have_text(re.compile("^whsec_"))
    return secret.inner_text()


def outcome(page: Page, url: str) -> Locator:
    return card(page, url).locator(".webhook-outcome")


def say_test(page: Page, url: str) -> None:
    card(page, url).get_by_role("button", name="Send a test").click()


def test_the_developers_story(page: Page, receiver: ReceiverProcess) -> None:
    """A webhook is made, its secret shown once; a test reaches it, and once more when asked."""
    url = f"{receiver.url}/ok/story"
    made(page, url, "My shop")
    card(page, url).get_by_role("button", name="I have it").click()
    expect(card(page, url).locator(".secret")).to_be_hidden()
    say_test(page, url)
    expect(outcome(page, url)).to_contain_text("Test: Delivered (200)")
    row = delivery(page, "webhook.test", url)
    expect(row.locator(".delivery-state")).to_have_text("Delivered (200)")
    row.get_by_role("button", name="Replay").click()
    row.get_by_role("button", name="Details").click()
    attempts = page.locator("#details .attempts li")
    expect(attempts).to_have_count(2)
    expect(attempts.first).to_contain_text("Status 200")
    expect(attempts.first.locator("pre")).to_have_text("taken")
    expect(page.locator("#details .sent")).to_contain_text('"type": "webhook.test"')
    first, second = receiver.received("/ok/story")
    assert first.message_id == second.message_id
    assert first.body == second.body


def test_a_receiver_that_fails(page: Page, receiver: ReceiverProcess) -> None:
    """A test that is not taken says so, with the answer; the webhook says that it is failing."""
    url = f"{receiver.url}/status/500/page"
    made(page, url)
    say_test(page, url)
    expect(outcome(page, url)).to_contain_text(re.compile(r"Test: Try \d failed: \(500\); next in"))
    expect(card(page, url).locator(".row-state")).to_contain_text("Failing since")
    outcome(page, url).get_by_role("button", name="Details of the test").click()
    expect(page.locator("#details .attempts li").last.locator("pre")).to_have_text("as you\nwish ")


def test_an_image_is_told_of(page: Page, receiver: ReceiverProcess) -> None:
    """What happens on the page is told to the webhook, and is found by state and endpoint."""
    url = f"{receiver.url}/ok/images"
    made(page, url)
    drop(page, jpeg("told.jpg", width=300, height=200))
    expect(page.locator("#images-view")).to_be_visible()
    page.get_by_role("link", name="Notifications").click()
    expect(delivery(page, "image.completed", url).locator(".delivery-state")).to_have_text(
        "Delivered (200)"
    )
    card(page, url).get_by_role("button", name="Deliveries").click()
    expect(page.locator(".delivery")).to_have_count(1)
    page.get_by_label("State", exact=True).select_option("failed")
    expect(page.locator("#deliveries-notice")).to_contain_text("None of these")
    page.get_by_label("State", exact=True).select_option("delivered")
    page.get_by_role("button", name="Details of image.completed").click()
    page.get_by_role("button", name="The image").click()
    expect(page.locator("#details-title")).to_have_text("told.jpg")


def test_pause_and_resume(page: Page, receiver: ReceiverProcess) -> None:
    """What is owed to a paused webhook waits for it; resumed, it comes."""
    url = f"{receiver.url}/ok/paused"
    made(page, url)
    card(page, url).get_by_role("button", name="Pause").click()
    expect(card(page, url).locator(".row-state")).to_contain_text("Paused")
    expect(card(page, url).get_by_role("button", name="Send a test")).to_be_disabled()
    drop(page, jpeg("kept.jpg", width=300, height=200))
    page.get_by_role("link", name="Notifications").click()
    waiting = delivery(page, "image.completed", url)
    expect(waiting.locator(".delivery-state")).to_have_text("Waits, for its webhook is paused")
    card(page, url).get_by_role("button", name="Resume").click()
    expect(waiting.locator(".delivery-state")).to_have_text("Delivered (200)")


def test_everything_since(page: Page, receiver: ReceiverProcess) -> None:
    """What a webhook was sent since a time is sent again, and told how much that is."""
    url = f"{receiver.url}/ok/since"
    made(page, url)
    say_test(page, url)
    expect(outcome(page, url)).to_contain_text("Delivered")
    card(page, url).get_by_role("button", name="Replay since…").click()
    card(page, url).get_by_label("Since", exact=True).fill("2026-01-01T00:00:00")
    card(page, url).get_by_role("button", name="Replay", exact=True).click()
    expect(outcome(page, url)).to_have_text(re.compile("1 delivery sent again"))
    expect(delivery(page, "webhook.test", url).locator(".delivery-state")).to_have_text(
        "Delivered (200)"
    )


def test_another_secret(page: Page, receiver: ReceiverProcess) -> None:
    """A rotation asks first, and shows the new secret with how long the old one is good."""
    url = f"{receiver.url}/ok/rotated"
    secret = made(page, url)
    card(page, url).get_by_role("button", name="Rotate secret").click()
    page.keyboard.press("Escape")
    expect(card(page, url).locator(".webhook-panel")).to_be_hidden()
    card(page, url).get_by_role("button", name="Rotate secret").click()
    card(page, url).get_by_role("button", name="Rotate", exact=True).click()
    expect(card(page, url).locator(".secret")).to_contain_text("The previous one signs, too, until")
    assert card(page, url).locator(".secret code").inner_text() != secret


def test_changed_and_deleted(page: Page, receiver: ReceiverProcess) -> None:
    """A webhook is changed in the form that it was made in; deleting it asks first."""
    url = f"{receiver.url}/ok/first"
    made(page, url, more="webhook.off")
    card(page, url).get_by_role("button", name="Change").click()
    assert page.get_by_role("textbox", name="URL", exact=True).input_value() == url
    expect(page.get_by_role("checkbox", name="webhook.off")).to_be_checked()
    page.get_by_role("textbox", name="URL", exact=True).fill(f"{url}/moved")
    page.get_by_role("button", name="Save").click()
    moved = card(page, f"{url}/moved")
    moved.get_by_role("button", name="Delete").click()
    moved.get_by_role("button", name="Cancel").click()
    expect(moved.get_by_role("button", name="Delete")).to_be_focused()
    moved.get_by_role("button", name="Delete").click()
    moved.get_by_role("button", name="Delete it").click()
    expect(moved).to_have_count(0)


def test_a_webhook_that_is_none(page: Page) -> None:
    """What is wrong is said in the form; what is right by then is kept."""
    page.get_by_role("button", name="New webhook").click()
    page.get_by_role("textbox", name="URL", exact=True).fill("ftp://example.com/")
    for name in BY_DEFAULT:
        page.get_by_role("checkbox", name=re.compile(f"^{name} ")).uncheck()
    page.get_by_role("button", name="Create", exact=True).click()
    told = page.locator("#webhook-errors")
    expect(told).to_contain_text("eventTypes: expected a list of one or more")
    expect(told).to_contain_text("url: expected")
    expect(page.get_by_role("textbox", name="URL", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )
    expect(page.get_by_role("textbox", name="URL", exact=True)).to_be_focused()
    expect(page.get_by_role("textbox", name="URL", exact=True)).to_have_value("ftp://example.com/")
    names = page.locator("#webhook-events code").all_inner_texts()
    assert names == list(SUBSCRIBABLE)


def test_whatever_is_written_is_text(page: Page, receiver: ReceiverProcess) -> None:
    """A description with markup in it is shown as it is written, and nothing of it runs."""
    url = f"{receiver.url}/ok/hostile?q=<b>"
    made(page, url, TITLE)
    expect(card(page, url).locator("bdi")).to_have_text(TITLE)
    expect(card(page, url).locator("img, script, b")).to_have_count(0)
    assert page.title() == "Notifications · Calotype"


def test_by_keyboard(page: Page, receiver: ReceiverProcess) -> None:
    """By keyboard alone: make a webhook, and send it a test."""
    url = f"{receiver.url}/ok/keys"
    page.get_by_role("button", name="New webhook").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(url)
    page.keyboard.press("Enter")
    expect(card(page, url).get_by_role("button", name="Copy the secret")).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("secret is shown once")
    tab_to(page, card(page, url).get_by_role("button", name="Send a test"))
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_contain_text("Test: Delivered")


def test_asked_only_while_it_is_seen(page: Page, calling: Calotype) -> None:
    """The server is asked of deliveries while the view is open, and not for the images."""
    asked: list[str] = []
    expect(page.locator(":is(#webhooks-notice, .webhook):visible").first).to_be_visible()
    page.get_by_role("link", name="Images").click()
    page.on("request", lambda request: asked.append(request.url.removeprefix(calling.url)))
    page.wait_for_timeout(5000)
    assert [one for one in asked if one.startswith(("/deliveries", "/webhooks"))] == []
    with page.expect_request("**/deliveries?*"):
        page.get_by_role("link", name="Notifications").click()


def test_a_server_that_is_away(page: Page) -> None:
    """Where the server cannot be reached the view says so, and goes on when it can."""

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/deliveries?*", cut)
    expect(page.locator("#deliveries-notice")).to_contain_text("could not be reached")
    page.unroute("**/deliveries?*")
    expect(page.locator("#deliveries-notice")).not_to_contain_text("could not be reached")


def test_many_webhooks(browser: Browser, calling: Calotype, receiver: ReceiverProcess) -> None:
    """Of many webhooks that are well a few are shown, so that deliveries are not far below."""
    with httpx.Client(base_url=calling.url, trust_env=False) as client:
        known = len(client.get("/webhooks").json()["webhooks"])
        for number in range(8):
            client.post("/webhooks", json={"url": f"{receiver.url}/ok/{number}"}).raise_for_status()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{calling.url}/#notifications")
        expect(page.locator(".webhook:visible").nth(3)).to_be_visible()
        assert page.locator(".webhook:visible").count() < known + 8
        page.get_by_role("button", name=re.compile(r"^Show \d+ more$")).click()
        expect(page.locator(".webhook:visible")).to_have_count(known + 8)
        expect(page.locator(".webhook:focus")).to_have_count(1)


def test_earlier_ones(browser: Browser, calling: Calotype, receiver: ReceiverProcess) -> None:
    """Of many deliveries the latest are listed, and the earlier ones when asked for."""
    with httpx.Client(base_url=calling.url, trust_env=False) as client:
        hook = client.post("/webhooks", json={"url": f"{receiver.url}/ok/many"}).json()
        for _ in range(30):
            client.post(f"/webhooks/{hook['webhookId']}/test").raise_for_status()
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{calling.url}/#notifications")
        expect(page.locator(".delivery")).to_have_count(25)
        page.get_by_role("button", name="Earlier deliveries").click()
        expect(page.locator(".delivery").nth(29)).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
