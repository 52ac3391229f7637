import pytest

from calotype_core.settings import SettingsError, load
from calotype_notifier.settings import DeliverySettings


def test_events_are_chosen_by_kind() -> None:
    """Operators choose what a topic and a letter are about, by the names of the catalogue."""
    environ = {"CALOTYPE_SNS_EVENTS": "job.finished, job.image.failed"}
    settings = load(DeliverySettings, environ)
    assert settings.sns_events == ("job.finished", "job.image.failed")
    assert settings.email_events == ("image.failed", "job.finished", "webhook.off")


@pytest.mark.parametrize(
    "text", ["image.finished", "job.finished,", "webhook.test", "JOB.FINISHED"]
)
def test_an_unknown_kind_is_an_error(text: str) -> None:
    """A kind that does not exist stops the start, and those that do are listed."""
    with pytest.raises(SettingsError) as caught:
        load(DeliverySettings, {"CALOTYPE_EMAIL_EVENTS": text})
    assert str(caught.value).startswith("CALOTYPE_EMAIL_EVENTS: expected kinds of events (image.")
    assert text in str(caught.value)
