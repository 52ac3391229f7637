"""Who is owed word of an announcement."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calotype_core.ports.deliveries import Delivery
from calotype_core.ports.webhooks import Webhook
from calotype_notifier import catalogue
from calotype_notifier.announcements import Announcement
from calotype_notifier.catalogue import Kind
from calotype_notifier.owed import (
    Asked,
    Standing,
    callback_of_line,
    delivery_id_of,
    line_of_callback,
    line_of_webhook,
    owed,
    webhook_of_line,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://example.org/hook?token=1"
HOOK = Webhook(
    webhook_id="hook",
    url="https://example.com/",
    event_types=("image.failed",),
    secret="whsec_",  # noqa: S106 - none is needed
    created_at=NOW,
)
LETTERS = Standing(
    channel="email",
    to="ops@example.org",
    event_types=("image.failed", "job.finished"),
    gather=timedelta(seconds=10),
)
TOPIC = Standing(channel="sns", to="arn:aws:sns:…", event_types=("image.failed",))


ASKED = Asked(callback_url=URL, webhooks=[HOOK], standing=[LETTERS, TOPIC])


def announcement(kind: Kind = catalogue.IMAGE_FAILED) -> Announcement:
    return Announcement(event_id="event", kind=kind, subject_id="image", body="{}")


def owed_for(kind: Kind = catalogue.IMAGE_FAILED) -> list[Delivery]:
    return [*owed(announcement(kind), ASKED, NOW)]


def test_everybody_who_asked_is_owed_one() -> None:
    """The callback, each webhook, the topic and the letters are owed a delivery each."""
    assert [(one.endpoint, one.channel, one.to) for one in owed_for()] == [
        (f"callback:{URL}", "webhook", URL),
        ("webhook:hook", "webhook", HOOK.url),
        ("email", "email", "ops@example.org"),
        ("sns", "sns", "arn:aws:sns:…"),
    ]
    assert len({one.delivery_id for one in owed_for()}) == 4


def test_the_second_run_owes_the_same() -> None:
    """Ids are derived, so that a second run owes nothing more."""
    assert owed_for() == owed_for()


def test_letters_about_images_wait_for_more() -> None:
    """A letter about an image waits a moment for others; one about a job does not."""
    image, job = (owed_for(kind)[2] for kind in (catalogue.IMAGE_FAILED, catalogue.JOB_FINISHED))
    assert image.next_attempt_at == NOW + timedelta(seconds=10)
    assert job.next_attempt_at == NOW


@given(st.text(), st.text(), st.text(), st.text())
def test_ids_tell_deliveries_apart(event: str, line: str, other_event: str, other: str) -> None:
    """An id is of one event and one endpoint, and the same each time."""
    one, another = delivery_id_of(event, line), delivery_id_of(other_event, other)
    assert one.startswith("msg_")
    if "\n" not in event + other_event:
        assert (one == another) == ((event, line) == (other_event, other))


def test_lines_name_their_endpoints() -> None:
    """What a line is called says whose it is."""
    assert webhook_of_line(line_of_webhook("7")) == "7"
    assert callback_of_line(line_of_callback(URL)) == URL
    assert webhook_of_line("email") is None
    assert callback_of_line(line_of_webhook("7")) is None
