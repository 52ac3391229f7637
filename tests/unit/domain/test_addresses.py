"""Which addresses a stranger's URL may lead to, and what hides in them."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.addresses import METADATA, Network, is_permitted

EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))
PRIVATE = (ip_network("10.0.0.0/8"), ip_network("fd12::/16"))
# How an IPv4 address is written into one of IPv6, by each of those who do.
GUISES = {
    "mapped": lambda bits: 0xFFFF << 32 | bits,
    "compatible": lambda bits: bits,
    "translated": lambda bits: 0xFFFF << 48 | bits,
    "NAT64": lambda bits: 0x64FF9B << 96 | bits,
    "local NAT64": lambda bits: 0x64FF9B_0001 << 80 | bits,
    "6to4": lambda bits: 0x2002 << 112 | bits << 80 | 1,
    "Teredo": lambda bits: 0x2001_0000 << 96 | 0x0808_0808 << 64 | bits ^ 0xFFFF_FFFF,
    "Teredo's server": lambda bits: 0x2001_0000 << 96 | bits << 64 | 0xF7F7_F7F7,
    "ISATAP": lambda bits: 0x2A00_1450 << 96 | 0x5EFE << 32 | bits,
    "global ISATAP": lambda bits: 0x2A00_1450 << 96 | 0x0200_5EFE << 32 | bits,
}
IPV4 = st.ip_addresses(v=4)
guises = pytest.mark.parametrize("guise", GUISES)


def within(network: str) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    return st.ip_addresses(network=network)


def disguised(address: IPv4Address | IPv6Address, guise: str) -> str:
    return str(IPv6Address(GUISES[guise](int(address))))


PUBLIC = """
    8.8.8.8 93.184.215.14 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450::1 2001:200::1
    64:ff9b::8.8.8.8 ::ffff:8.8.8.8 2a00:1450::5efe:8.8.8.8
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_permitted(address: str) -> None:
    """What anybody can reach may be fetched from, through a translator as well."""
    assert is_permitted(address, ())


@guises
@given(
    st.sampled_from(["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "0.0.0.0/8"])
    .flatmap(within)
    .map(int)
)
def test_no_guise_hides_a_private_address(guise: str, bits: int) -> None:
    """However it is written into one of IPv6, a private address is not permitted."""
    assert not is_permitted(str(IPv4Address(bits)), ())
    assert not is_permitted(disguised(IPv4Address(bits), guise), ())


@guises
@given(st.sampled_from([str(one) for one in METADATA if one.version == 4]).flatmap(within))
def test_metadata_is_never_permitted(guise: str, address: IPv4Address) -> None:
    """Not where every network is listed, and in no guise."""
    assert not is_permitted(str(address), EVERYTHING)
    assert not is_permitted(disguised(address, guise), EVERYTHING)


@given(st.sampled_from([str(one) for one in METADATA]).flatmap(within))
def test_metadata_of_any_version_is_never_permitted(address: IPv4Address | IPv6Address) -> None:
    """Not where every network is listed."""
    assert not is_permitted(str(address), EVERYTHING)


@pytest.mark.parametrize(
    "address",
    ["64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:0:a9:fea9:fe00::"],
)
def test_metadata_behind_a_local_translator(address: str) -> None:
    """A translator's local prefix may be of any length: metadata hides in none."""
    assert not is_permitted(address, EVERYTHING)


@given(st.ip_addresses(v=6))
def test_only_what_is_handed_out_is_permitted(address: IPv6Address) -> None:
    """Of IPv6 nothing is permitted that is not of the global range, or stands for IPv4."""
    if is_permitted(str(address), ()):
        assert address in ip_network("2000::/3") or int(address) >> 32 in {0xFFFF, 0x64FF9B << 64}


@given(IPV4)
def test_what_the_library_calls_private_is_not_permitted(address: IPv4Address) -> None:
    """Our list is the stricter one."""
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_permitted(str(address), ())


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd12::1", True),
        ("fd13::1", False),
        ("127.0.0.1", False),
        ("192.168.0.1", False),
        ("8.8.8.8", True),
        ("64:ff9b::10.1.2.3", True),
        ("2002:a01:203::1", False),  # a relay's, which is not listed
        ("fd12::5efe:192.168.0.1", False),  # stands for one that is not
    ],
)
def test_networks_can_be_opened(address: str, permitted: bool) -> None:  # noqa: FBT001 - a column
    """A listed network is permitted, and nothing beside it."""
    allowed: tuple[Network, ...] = PRIVATE
    assert is_permitted(address, allowed) is permitted


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "1", "::1::", "8.8.8.8/32", "%eth0"])
def test_what_is_no_address_is_not_permitted(text: str) -> None:
    """What cannot be understood cannot be vouched for."""
    assert not is_permitted(text, EVERYTHING)


def test_a_zone_is_no_part_of_an_address() -> None:
    """An address with the name of an interface behind it is judged like the address."""
    assert not is_permitted("fe80::1%eth0", ())
    assert is_permitted("fe80::1%eth0", EVERYTHING)
