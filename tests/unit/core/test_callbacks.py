"""Which URLs may be given to be called, before anything is looked up."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.callbacks import CallbackSettings, callback_issue
from calotype_core.domain.urls import LONGEST_URL
from calotype_core.settings import load
from tests.traps import LOOPBACKS, OTHERS

STRICT = CallbackSettings()
OPEN = CallbackSettings(
    webhook_allow_http=True,
    webhook_allowed_networks=(ip_network("127.0.0.0/8"), ip_network("fd12::/16")),
)
EVERYTHING = CallbackSettings(
    webhook_allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0"))
)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTPS://EXAMPLE.COM:8443/hook?token=b#c",
        "https://exämple.com/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:80/",
        "https://127.0.0.1.example.com/",
        "https://localhost.example.com/",
        "https://0x7f.one/",
        "https://example.com/" + "a" * (LONGEST_URL - 20),
    ],
)
def test_nothing_is_wrong_with_a_public_https_url(url: str) -> None:
    """An https URL whose host is a name or a public address may be called."""
    assert callback_issue(url, STRICT) is None


@pytest.mark.parametrize(
    "host", [*LOOPBACKS, *OTHERS, "hook.localhost", "localhost.", "%31%32%37.1"]
)
def test_no_spelling_of_a_private_address(host: str) -> None:
    """However an address is written that is none of the public's, it is refused at once."""
    assert callback_issue(f"https://{host}/hook", STRICT) is not None


@pytest.mark.parametrize("host", ["10.1.2.3", "127.1", "localhost", "[::ffff:7f00:1]", "①②⑦.0.0.1"])
def test_a_private_address_names_its_variable(host: str) -> None:
    """An operator who wants that reads which variable allows it."""
    issue = callback_issue(f"https://{host}/", STRICT)
    assert issue is not None
    assert "CALOTYPE_WEBHOOK_ALLOWED_NETWORKS" in issue


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "127.1", "localhost:3000", "[fd12::1]"])
def test_networks_and_http_can_be_opened(host: str) -> None:
    """What the operator has listed may be called, over http where that is allowed."""
    assert callback_issue(f"http://{host}/", OPEN) is None


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "2852039166"])
def test_metadata_is_never_called(host: str) -> None:
    """Not even where every network is listed."""
    assert callback_issue(f"https://{host}/", EVERYTHING) is not None


def test_http_names_its_variable() -> None:
    """A URL that anybody between could read is refused, unless the operator says otherwise."""
    issue = callback_issue("http://example.com/", STRICT)
    assert issue is not None
    assert "CALOTYPE_WEBHOOK_ALLOW_HTTP" in issue
    assert callback_issue("http://example.com/", OPEN) is None


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com/",
        "https://user:secret@example.com/",
        "https://example.com/a b",
        "https://127.0.0.1\\@example.com/",
        "https://example.com/\n",
        "https://example.com/" + "a" * (LONGEST_URL - 19),
    ],
)
@pytest.mark.parametrize("settings", [STRICT, OPEN])
def test_what_no_setting_allows(url: str, settings: CallbackSettings) -> None:
    """What is no URL, or has credentials or odd characters in it, is refused whatever is set."""
    issue = callback_issue(url, settings)
    assert issue is not None
    assert "secret" not in issue


@given(st.text(max_size=30).map("https://".__add__))
def test_any_text(url: str) -> None:
    """Any text gets an answer."""
    callback_issue(url, STRICT)


def test_the_settings_are_read() -> None:
    """Both come from the environment, and what is expected is said accordingly."""
    told = load(
        CallbackSettings,
        {
            "CALOTYPE_WEBHOOK_ALLOW_HTTP": "true",
            "CALOTYPE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8, fd12::/16",
        },
    )
    assert told == OPEN
    assert told.expected.startswith("an http(s) URL")
    assert STRICT.expected.startswith("an https URL")
