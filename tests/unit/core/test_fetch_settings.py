"""How networks and ports are written, and what is said of those that are not understood."""

from ipaddress import ip_network

import pytest

from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.settings import SettingsError, load


def test_networks_and_ports_are_lists() -> None:
    """Commas separate them, spaces around do not matter, and one address is a network."""
    told = load(
        FetchSettings,
        {
            "CALOTYPE_FETCH_ALLOWED_NETWORKS": "10.0.0.0/8, fd12::/16,127.0.0.1",
            "CALOTYPE_FETCH_PORTS": "80, 3000",
        },
    )
    assert told.fetch_allowed_networks == (
        ip_network("10.0.0.0/8"),
        ip_network("fd12::/16"),
        ip_network("127.0.0.1/32"),
    )
    assert told.fetch_ports == (80, 3000)


def test_no_network_is_open_by_default() -> None:
    """Nobody's private network is fetched from unless it is said to be."""
    assert load(FetchSettings, {}).fetch_allowed_networks == ()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CALOTYPE_FETCH_ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("CALOTYPE_FETCH_ALLOWED_NETWORKS", "localhost"),
        ("CALOTYPE_FETCH_ALLOWED_NETWORKS", "10.0.0.0/8,"),
        ("CALOTYPE_FETCH_PORTS", "0"),
        ("CALOTYPE_FETCH_PORTS", "65536"),
        ("CALOTYPE_FETCH_PORTS", "http"),
        ("CALOTYPE_FETCH_TRIES", "0"),
    ],
)
def test_what_is_not_understood_is_named(variable: str, text: str) -> None:
    """A variable that holds what it cannot stops the start."""
    with pytest.raises(SettingsError, match=f"^{variable}: expected"):
        load(FetchSettings, {variable: text})
