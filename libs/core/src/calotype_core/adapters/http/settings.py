from collections.abc import Sequence
from dataclasses import dataclass

from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.addresses import Network
from calotype_core.settings import MIB, NETWORKS, Takes, seconds, setting, whole_number


def _ports_of(text: str) -> Sequence[int]:
    ports = tuple(int(one) for one in text.split(","))
    if not all(0 < port < 65_536 for port in ports):  # noqa: PLR2004 - what a port is
        raise ValueError(text)
    return ports


PORTS = Takes("ports from 1 to 65535, separated by commas", _ports_of)


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchSettings:
    """What may be fetched from strangers' URLs, for how long, and how hard hosts are pressed."""

    fetch_allowed_networks: Sequence[Network] = setting(
        (),
        NETWORKS,
        "Private networks that may be fetched from, 127.0.0.0/8 among them where wanted; a cloud's"
        " metadata addresses never are.",
    )
    fetch_ports: Sequence[int] = setting(
        (80, 443, 8080, 8443), PORTS, "The ports that may be fetched from."
    )
    fetch_seconds: float = setting(
        60.0,
        seconds(least=1),
        "How long one file may take, redirects and further tries included; not the wait for a host"
        " that serves others of ours.",
    )
    fetch_silence_seconds: float = setting(
        15.0, seconds(least=0.1), "How long a host may keep silent in the midst of it."
    )
    fetch_tries: int = setting(
        3, whole_number("tries"), "How often a URL is tried where another try may succeed."
    )
    fetch_redirects: int = setting(
        3, whole_number("redirects", least=0), "How many redirects are followed."
    )
    fetch_per_host: int = setting(
        8, whole_number("fetches"), "How much each processor fetches from one host at once."
    )
    fetch_patience_seconds: float = setting(
        120.0,
        seconds(least=1),
        "How long a host may rest, as it asks to, or fail whatever it is asked, before those who"
        " wait for it fail at once; others are held up for as long.",
    )
    upload_max_bytes: int = setting(
        100 * MIB, whole_number("bytes"), "The largest image that is accepted."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookCallSettings(CallbackSettings):
    """How long a webhook is waited for; where one may be is shared with the door."""

    webhook_seconds: float = setting(
        20.0,
        seconds(least=1),
        "How long one call of a webhook may take, from looking its name up to the end of its"
        " answer; 15 to 30 are usual.",
    )
