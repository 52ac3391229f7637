"""What an operator can set of the notifier."""

from dataclasses import dataclass

from calotype_core.settings import TEXT, setting, whole_number


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifierSettings:
    """Bounds of live connections."""

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
