"""What an operator can set of the notifier."""

from collections.abc import Sequence
from dataclasses import dataclass

from calotype_core.settings import TEXT, Takes, setting, whole_number
from calotype_notifier import catalogue


def _kinds_of(text: str) -> Sequence[str]:
    kinds = tuple(one.strip() for one in text.split(","))
    if not set(kinds) <= set(catalogue.SUBSCRIBABLE):
        raise ValueError(text)
    return kinds


KINDS = Takes(f"kinds of events ({', '.join(catalogue.SUBSCRIBABLE)}), commas between", _kinds_of)


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifierSettings:
    """Bounds of live connections, and what is told through the channels that an operator sets."""

    public_url: str = setting(
        "", TEXT, "How clients reach Calotype (https://…); empty: as the request came."
    )
    sockets_max: int = setting(
        1_000, whole_number("sockets"), "How many WebSocket clients may be connected."
    )
    subscriptions_max: int = setting(
        2_000, whole_number("ids"), "How many images and jobs one client may follow at once."
    )
    socket_backlog: int = setting(
        1_000, whole_number("messages"), "How far a client may fall behind before it is cut off."
    )
    sns_events: Sequence[str] = setting(
        catalogue.BY_DEFAULT, KINDS, "What the SNS topic is told of, where there is one."
    )
    email_events: Sequence[str] = setting(
        (catalogue.IMAGE_FAILED.name, catalogue.JOB_FINISHED.name, catalogue.WEBHOOK_OFF.name),
        KINDS,
        "What e-mail is about, where CALOTYPE_EMAIL_TO has somebody to write to.",
    )
