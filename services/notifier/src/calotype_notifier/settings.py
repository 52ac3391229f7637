"""What an operator can set of the notifier."""

from dataclasses import dataclass

from calotype_core.settings import MIB, TEXT, seconds, setting, whole_number
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
