"""What an operator can set of the notifier."""

from collections.abc import Sequence
from dataclasses import dataclass

from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.signatures import EXPECTED, secret_issue
from calotype_core.settings import MIB, TEXT, Takes, number, seconds, setting, whole_number
from calotype_notifier import catalogue
from calotype_notifier.sockets import Client


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifierSettings:
    """Bounds of live connections."""

    public_url: str = setting(
        "", TEXT, "How clients reach Calotype (https://…); empty: as the request came."
    )
    sockets_max: int = setting(
        4_000,
        whole_number("clients"),
        "How many clients may be told live at once, over WebSockets and event streams.",
    )
    subscriptions_max: int = setting(
        2_000, whole_number("ids"), "How many images and jobs one client may follow at once."
    )
    socket_backlog: int = setting(
        1_000, whole_number("messages"), "How far a client may fall behind before it is cut off."
    )
    socket_backlog_bytes: int = setting(
        2 * MIB, whole_number("bytes"), "The same in bytes; clients share what they are told alike."
    )
    live_history_bytes: int = setting(
        16 * MIB,
        whole_number("bytes"),
        "How much of what happened is remembered, to tell who lost the connection what was missed.",
    )
    live_history_seconds: float = setting(
        600.0, seconds(), "How far back a notifier that starts reads what happened, to remember it."
    )

    def client_of(self, base: str) -> Client:
        """Return a client that is told URLs of this origin, within the bounds."""
        return Client(
            base=base, backlog=self.socket_backlog, backlog_characters=self.socket_backlog_bytes
        )


def _pauses_of(text: str) -> tuple[float, ...]:
    pauses = tuple(float(one) for one in text.split(","))
    if not all(0 < one < _LONGEST_PAUSE for one in pauses) or len(pauses) > _MOST_PAUSES:
        raise ValueError(text)
    return pauses


_LONGEST_PAUSE = 30 * 86_400  # seconds: deliveries are not kept for longer
_MOST_PAUSES = 50
PAUSES = Takes("up to 50 numbers of seconds, separated by commas", _pauses_of)


def _secrets_of(text: str) -> tuple[str, ...]:
    secrets = tuple(text.split())
    if len(secrets) > _MOST_SECRETS or any(map(secret_issue, secrets)):
        raise ValueError
    return secrets


_MOST_SECRETS = 4  # each signs every request
SECRETS = Takes(f"up to {_MOST_SECRETS} of {EXPECTED}, parted by blanks", _secrets_of)


def _kinds_of(text: str) -> Sequence[str]:
    kinds = tuple(one.strip() for one in text.split(","))
    if not set(kinds) <= set(catalogue.SUBSCRIBABLE):
        raise ValueError(text)
    return kinds


KINDS = Takes(f"kinds of events ({', '.join(catalogue.SUBSCRIBABLE)}), commas between", _kinds_of)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliverySettings(CallbackSettings):
    """How what is owed to others is sent."""

    webhook_secret: tuple[str, ...] = setting(
        (),
        SECRETS,
        "What signs the requests to callback URLs; while it is being changed, the new one and then"
        " the old one. Unset: one is made and kept.",
        secret=True,
    )
    webhook_retries: tuple[float, ...] = setting(
        (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
        PAUSES,
        "The seconds between one try of a notification and the next, a tenth more or less; after"
        " the last one it is given up.",
    )
    webhook_at_once: int = setting(
        4, whole_number("requests"), "How many requests one endpoint is sent at once."
    )
    webhook_off_after_days: float = setting(
        5.0, number("days", least=0.01), "After how long a webhook that takes nothing is off."
    )
    webhooks_max: int = setting(1_000, whole_number("webhooks"), "How many webhooks there may be.")
    endpoints_at_once: int = setting(
        512,
        whole_number("endpoints"),
        "How many endpoints a notifier is sending to at once; half of them for those that failed.",
    )
    endpoints_per_host: int = setting(
        32, whole_number("endpoints"), "How many of these may be on one host."
    )
    email_gather_seconds: float = setting(
        10.0,
        seconds(),
        "How long a letter about a failed image waits for more, so that many are one letter.",
    )
    email_every_seconds: float = setting(
        60.0, seconds(), "The least time between two letters; what comes meanwhile is gathered."
    )
    sns_events: Sequence[str] = setting(
        catalogue.BY_DEFAULT, KINDS, "What the SNS topic is told of, where there is one."
    )
    email_events: Sequence[str] = setting(
        (catalogue.IMAGE_FAILED.name, catalogue.JOB_FINISHED.name, catalogue.WEBHOOK_OFF.name),
        KINDS,
        "What e-mail is about, where CALOTYPE_EMAIL_TO has somebody to write to.",
    )
