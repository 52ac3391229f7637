"""Which addresses a stranger's URL may lead to.

An explicit list, since the standard library's is_global takes metadata services, multicast and what
stands for a loopback address in the guise of IPv6 for public ones.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(one) for one in text.split())


# What a cloud tells its machines there, keys among it, is for nobody else: not even when listed.
METADATA = _networks(
    "169.254.0.0/16"  # link-local: AWS, Azure, Google and most others; containers' credentials
    " 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32"  # Azure, Alibaba, Oracle
    " fd00:ec2::/32 fe80::a9fe:a9fe/128 fd20:ce::254/128"  # AWS, Azure and OpenStack, Google
)
_CLOSED = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16"
    " 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"  # protocols, documentation
    " 192.88.99.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"  # relays, benchmarks, multicast, rest
    " 2001::/23 2001:db8::/32 2002::/16 3fff::/20"  # within the global ones: not for hosts
)
# Of IPv6 a list of what is open is shorter: what is handed out to networks, and the translators'.
_OPEN_V6 = _networks("2000::/3 64:ff9b::/96")

_MAPPED = ip_network("::ffff:0:0/96")
_LAST_32_BITS = _networks("::/96 ::ffff:0:0:0/96 64:ff9b::/96")  # compatible, translated, NAT64
_LOCAL_NAT64 = ip_network("64:ff9b:1::/48")
_TO4 = ip_network("2002::/16")
_TEREDO = ip_network("2001::/32")
_ISATAP = 0x0000_5EFE  # the upper half of an interface's id, but for the bits that say whose it is


def is_permitted(text: str, allowed: Sequence[Network]) -> bool:
    """Return whether the address, and each that it stands for, is public or in an allowed network.

    What is no address is not permitted.
    """
    try:
        address = ip_address(text.partition("%")[0])  # its zone is a name of ours, no part of it
    except ValueError:
        return False
    return all(_is_open(one, allowed) for one in _meanings(address))


def _is_open(address: Address, allowed: Sequence[Network]) -> bool:
    if _within(address, METADATA):
        return False
    if _within(address, allowed):
        return True
    if _within(address, _CLOSED):
        return False
    return address.version == 4 or _within(address, _OPEN_V6)  # noqa: PLR2004 - IPv4


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in one for one in networks)  # never in one of the other version


def _meanings(address: Address) -> Iterator[Address]:
    """Yield the address itself, where a packet to it goes there, and those that hide in it."""
    if isinstance(address, IPv6Address):
        yield from map(IPv4Address, _hidden_in(address))
        if address in _MAPPED:  # an IPv4 address and nothing else
            return
    yield address


def _hidden_in(address: IPv6Address) -> Iterator[int]:
    bits = int(address)
    last = bits & 0xFFFF_FFFF
    if address in _MAPPED or _within(address, _LAST_32_BITS) or _is_isatap(bits):
        yield last
    if address in _TO4:
        yield bits >> 80 & 0xFFFF_FFFF
    if address in _TEREDO:
        yield bits >> 64 & 0xFFFF_FFFF  # the server
        yield last ^ 0xFFFF_FFFF  # the client, behind it
    if address in _LOCAL_NAT64:  # whoever lists it has to say what is behind it, metadata apart
        yield from (one for one in _translated(bits) if _within(IPv4Address(one), METADATA))


def _is_isatap(bits: int) -> bool:
    return bits >> 32 & 0xFCFF_FFFF == _ISATAP


def _translated(bits: int) -> Iterator[int]:
    """Yield what a translator of the local prefix takes it for, by the prefix's length (RFC 6052).

    A byte that is always 0 stands in the midst of the IPv4 address, but for the longest prefix.
    """
    yield (bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF  # 48
    yield (bits >> 64 & 0xFF) << 24 | bits >> 32 & 0xFF_FFFF  # 56
    yield bits >> 24 & 0xFFFF_FFFF  # 64
    yield bits & 0xFFFF_FFFF  # 96
