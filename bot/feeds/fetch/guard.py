"""The address guard: which addresses Newsvane may connect to, and why not the others. Pure.

A feed's address comes from a config, a chat or a redirect, and whoever wrote it may aim at machines beside this one. So
the address of each connection is judged, not the name that led to it (see `fetch`).
`ipaddress.is_global` will not do: it lets NAT64, 6to4, multicast and 192.0.0.192 pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an address may be connected to; true if so. `reason` completes "10.0.0.1 is …".

    `opened` says that it is so because its network was opened.
    """

    allowed: bool
    reason: str
    opened: bool = False

    def __bool__(self) -> bool:
        return self.allowed


def allowed(address: str, networks: Iterable[Network] = ()) -> Verdict:
    """Judge an address as `getaddrinfo` gives it. `networks` are those that the operator opened; they come first."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return Verdict(allowed=False, reason="no IP address")
    if any(ip in network for network in networks):
        return Verdict(allowed=True, reason="in a network that was opened", opened=True)
    reason = _special(ip)
    return Verdict(allowed=not reason, reason=reason or "public")


def _special(ip: IPv4Address | IPv6Address) -> str:
    for network, reason in _SPECIAL:
        if ip in network:
            return reason
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:
        return "outside the public part of IPv6"
    return ""


_GLOBAL_UNICAST = IPv6Network("2000::/3")

# IANA special-purpose address registries (RFC 6890 and its heirs), and what clouds add. First fit wins.
_SPECIAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("169.254.169.254/32", "the metadata service of a cloud"),
        ("100.100.100.200/32", "the metadata service of a cloud"),
        ("192.0.0.192/32", "the metadata service of a cloud"),
        ("168.63.129.16/32", "the metadata service of a cloud"),
        ("0.0.0.0/8", "unspecified (this host)"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider's customers (RFC 6598)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols (RFC 6890)"),
        ("192.0.2.0/24", "for documentation only"),
        ("192.31.196.0/24", "reserved for protocols (AS112)"),
        ("192.52.193.0/24", "reserved for protocols (AMT)"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved for protocols (AS112)"),
        ("198.18.0.0/15", "for benchmarks only"),
        ("198.51.100.0/24", "for documentation only"),
        ("203.0.113.0/24", "for documentation only"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
        ("fd00:ec2::254/128", "the metadata service of a cloud"),
        ("fd20:ce::254/128", "the metadata service of a cloud"),
        ("::/128", "unspecified (this host)"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "an IPv4 address inside IPv6 (mapped)"),
        ("::ffff:0:0:0/96", "an IPv4 address inside IPv6 (translated)"),
        ("::/96", "an IPv4 address inside IPv6 (compatible)"),
        ("64:ff9b::/96", "an IPv4 address inside IPv6 (NAT64)"),
        ("64:ff9b:1::/48", "an IPv4 address inside IPv6 (NAT64)"),
        ("100::/64", "a black hole (RFC 6666)"),
        ("2001::/32", "an IPv4 address inside IPv6 (Teredo)"),
        ("2001:2::/48", "for benchmarks only"),
        ("2001::/23", "reserved for protocols (RFC 2928)"),
        ("2001:db8::/32", "for documentation only"),
        ("2002::/16", "an IPv4 address inside IPv6 (6to4)"),
        ("2620:4f:8000::/48", "reserved for protocols (AS112)"),
        ("3ffe::/16", "reserved (the former 6bone)"),
        ("3fff::/20", "for documentation only"),
        ("5f00::/16", "reserved for segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
