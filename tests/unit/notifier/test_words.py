"""How notifications read. Letters are recorded in letters/, to be read when they change."""

from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.ports.channel import Message
from calotype_notifier.catalogue import KINDS
from calotype_notifier.words import compose, digest, message_of, phrases
from calotype_notifier.words.letters import WIDTH
from docs import pages
from tests.unit.notifier.letters import cases
from tests.unit.notifier.letters.cases import BASE, CASES, FOLDER, delivery, message

ISOLATES = "\u2068\u2069"
TAGS = {"html", "head", "meta", "title", "body", "div", "p", "br", "a", "table", "tr", "td"}
TAGS |= {"ul", "li"}
hostile = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=600),
    st.text(
        st.sampled_from("\r\n\u202e\u2066\u2069\x00\x1b<>&\"'=:/ \u05d0a.\u2028"), max_size=600
    ),
    st.just(cases.HOSTILE),
)


class Page(HTMLParser):
    """What a client makes of the HTML: its tags, where they lead, and its title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.title = ""
        self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open = tag
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {
            *("style", "href", "lang", "charset", "name", "content"),
            *("role", "cellspacing", "cellpadding"),
        }

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
            self._open = ""


def shows_only_what_it_says(told: Message) -> None:
    """Assert that nothing of a stranger's broke out of its place, in any form."""
    assert len(told.subject) <= 120
    assert all(one.isprintable() or one in ISOLATES for one in told.subject)
    for line in told.text.splitlines():
        assert all(one.isprintable() or one in ISOLATES for one in line)
        assert len(line) <= WIDTH or line.strip().startswith(BASE)
    page = Page(told.html)
    assert page.tags <= TAGS
    assert all(one.startswith(BASE) for one in page.links)
    assert page.title == told.subject


@pytest.mark.parametrize("name", CASES)
def test_a_letter_reads_as_it_is_recorded(name: str) -> None:
    """Subject, text and HTML are, word for word, what somebody has read and found good."""
    for ending, text in cases.written(message(name)).items():
        assert text == (FOLDER / f"{name}.{ending}").read_bytes().decode(), ending


@pytest.mark.parametrize("name", CASES)
def test_a_letter_shows_only_what_it_says(name: str) -> None:
    """Each recorded letter keeps to its width, its tags and our own links."""
    shows_only_what_it_says(message(name))


def test_each_kind_has_a_letter() -> None:
    """No kind of the catalogue was forgotten, in words or among the recordings."""
    assert {one.event_type for several in CASES.values() for one in several} == set(KINDS)


def test_causes_are_named_as_the_errors_are() -> None:
    """Every code that is put into words is one that an image can fail of."""
    known = {one.code for one in pages.every_error()} | {"cancelled"}
    assert phrases.CAUSES.keys() <= known


@given(hostile, st.integers(0, 3), st.integers(0, 2**32), hostile)
def test_a_jobs_name_stays_a_name(name: str, failed: int, done: int, code: str) -> None:
    """Whatever a CSV is called, its letter is the letter that it would be anyway."""
    data = cases.job(name, completed=done, causes={code: failed} if failed else {})
    shows_only_what_it_says(message_of([delivery("job.finished", data)], base=BASE))


@given(hostile, hostile)
def test_an_images_name_stays_a_name(name: str, said: str) -> None:
    """So it is with an image's name, and with what is said of it."""
    failed = delivery("image.failed", cases.failed(name, code=said, message=said))
    ready = delivery("image.completed", cases.completed(name))
    for several in ([failed], [ready], [failed, ready] * 30):
        shows_only_what_it_says(message_of(several, base=BASE))


@given(hostile)
def test_a_webhooks_url_stays_a_url(url: str) -> None:
    """The URL of a webhook is told, and leads nowhere from our letter."""
    data = cases.webhook("off", url)
    shows_only_what_it_says(message_of([delivery("webhook.off", data)], base=BASE))


def test_one_delivery_is_sent_as_it_is() -> None:
    """A program gets the stored body under the delivery's id, and the secrets to sign with."""
    one = CASES["image-failed"][0]
    told = message_of([one], base=BASE, secrets=("whsec_b", "whsec_a"))
    assert (told.message_id, told.body, told.to) == (one.delivery_id, one.body, one.to)
    assert (told.event_type, told.status) == ("image.failed", "failed")
    assert told.secrets == ("whsec_b", "whsec_a")


def test_a_webhook_is_sent_no_words() -> None:
    """A webhook gets the stored body under the delivery's id, and nothing that people read."""
    one = CASES["webhook-test"][0]
    told = compose([one], base=BASE, secrets=("whsec_b", "whsec_a"))
    assert (told.message_id, told.body, told.to) == (one.delivery_id, one.body, one.to)
    assert (told.event_type, told.secrets) == ("webhook.test", ("whsec_b", "whsec_a"))
    assert (told.subject, told.text, told.html) == ("", "", "")


def test_people_are_sent_words() -> None:
    """Through every other channel goes the whole message, as a letter has it."""
    assert compose(CASES["digest"], base=BASE) == message("digest")


def test_a_digest_is_the_same_in_any_order() -> None:
    """Its id depends on what it tells alone, so that another try is known for the same."""
    flood = cases.flood()
    told, again = message_of(flood, base=BASE), message_of(flood[::-1], base=BASE)
    assert told.message_id == again.message_id
    assert told.message_id != message_of(flood[1:], base=BASE).message_id
    assert told.message_id not in {one.delivery_id for one in flood}


def test_a_digest_holds_all_bodies() -> None:
    """What is told in one is one array of JSON, of several types and statuses."""
    two = CASES["digest-of-two"]
    told = message_of(two, base=BASE)
    assert msgspec.json.decode(told.body) == [msgspec.json.decode(one.body) for one in two]
    assert (told.event_type, told.status) == (digest.SEVERAL, digest.SEVERAL)


def test_a_digest_of_one_kind_keeps_its_type() -> None:
    """Where all parts say the same, the whole says it too."""
    one = CASES["image-failed"][0]
    told = message_of([one, replace(one, delivery_id="msg_other")], base=BASE)
    assert (told.event_type, told.status) == ("image.failed", "failed")


def test_a_long_name_keeps_its_end() -> None:
    """What is cut out of a name is its middle: the end often tells files apart."""
    name = phrases.name("products-of-the-spring-sale-in-all-our-shops-part-17.csv")
    assert name == "products-of-the-spring-sale-in…rt-17.csv"


def test_sizes_read_well() -> None:
    """Sizes have a unit that suits them."""
    assert [phrases.size(n) for n in (1, 1023, 1024, 3_500_000)] == [
        *("1 byte", "1,023 bytes", "1.0 KiB", "3.3 MiB")
    ]
