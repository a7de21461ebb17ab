"""Which addresses the guard lets through."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.fetch.guard import allowed

REFUSED = """
0.0.0.0 unspecified
0.1.2.3 unspecified
10.0.0.1 private
10.255.255.255 private
100.64.0.1 shared
100.100.100.200 metadata
100.127.255.255 shared
127.0.0.1 loopback
127.0.0.53 loopback
127.1.2.3 loopback
127.255.255.254 loopback
168.63.129.16 metadata
169.254.0.1 link-local
169.254.169.253 link-local
169.254.169.254 metadata
169.254.170.2 link-local
172.16.0.1 private
172.17.0.1 private
172.20.10.1 private
172.31.255.255 private
192.0.0.1 reserved
192.0.0.8 reserved
192.0.0.170 reserved
192.0.0.192 metadata
192.0.2.1 documentation
192.31.196.1 AS112
192.52.193.1 AMT
192.88.99.1 6to4
192.168.0.1 private
192.168.1.254 private
192.168.255.255 private
192.175.48.1 AS112
198.18.0.1 benchmarks
198.19.255.255 benchmarks
198.51.100.7 documentation
203.0.113.9 documentation
224.0.0.1 multicast
224.0.0.251 multicast
239.255.255.250 multicast
240.0.0.1 reserved
250.1.1.1 reserved
255.255.255.254 reserved
255.255.255.255 broadcast
:: unspecified
::1 loopback
::2 compatible
::7f00:1 compatible
::8.8.8.8 compatible
::ffff:127.0.0.1 mapped
::ffff:10.0.0.1 mapped
::ffff:8.8.8.8 mapped
::ffff:169.254.169.254 mapped
::ffff:0:7f00:1 translated
::ffff:0:8.8.8.8 translated
64:ff9b::7f00:1 NAT64
64:ff9b::a00:1 NAT64
64:ff9b::8.8.8.8 NAT64
64:ff9b::a9fe:a9fe NAT64
64:ff9b:1::1 NAT64
64:ff9b:1:ffff::a00:1 NAT64
100::1 black
100:0:0:1::1 outside
200::1 outside
400::1 outside
1000::1 outside
2001::1 Teredo
2001:0:4136:e378:8000:63bf:3fff:fdd2 Teredo
2001:1::1 reserved
2001:2::1 benchmarks
2001:3::1 reserved
2001:4:112::1 reserved
2001:10::1 reserved
2001:20::1 reserved
2001:1ff::1 reserved
2001:db8::1 documentation
2001:db8:ffff::1 documentation
2002::1 6to4
2002:7f00:1:: 6to4
2002:a00:1::1 6to4
2002:808:808::1 6to4
2620:4f:8000::1 AS112
3ffe::1 6bone
3fff::1 documentation
3fff:fff::1 documentation
4000::1 outside
5f00::1 segment
8000::1 outside
a000::1 outside
f000::1 outside
fb00::1 outside
fc00::1 private
fd00::1 private
fd00:ec2::254 metadata
fd12:3456:789a::1 private
fdff:ffff::1 private
fe00::1 outside
fe80::1 link-local
fe80::1%eth0 link-local
fe80::a9fe:a9fe%2 link-local
febf::1 link-local
fec0::1 site-local
fec0:0:0:ffff::1 site-local
feff::1 site-local
ff01::1 multicast
ff02::1 multicast
ff02::fb multicast
ff0e::1 multicast
localhost no IP
0x7f.1 no IP
2130706433 no IP
127.1 no IP
１２７.0.0.1 no IP
""".strip().splitlines()

# The neighbours of what is refused, and some of everyday.
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0
172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2001:200::1 2001:4860:4860::8888 2400:cb00::1 2606:4700::1111 2a00:1450::1 2a02:6b8::2:242
"""

CASES = [line.split(maxsplit=1) for line in REFUSED]


def test_the_table_is_long_enough_to_mean_something() -> None:
    """A hundred addresses and more are judged, none of them twice."""
    addresses = [address for address, _ in CASES] + PUBLIC.split()
    assert len(addresses) == len(set(addresses)) > 100


@pytest.mark.parametrize(("address", "reason"), CASES)
def test_an_address_that_is_not_public_is_refused_with_its_reason(address: str, reason: str) -> None:
    """What is not public is refused, and the reason says what it is."""
    verdict = allowed(address)
    assert not verdict
    assert reason in verdict.reason


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_address_is_let_through(address: str) -> None:
    """The neighbours of refused networks are let through."""
    assert allowed(address), allowed(address).reason


def test_a_network_that_the_operator_opened_is_let_through_and_no_other() -> None:
    """An opened network opens itself alone, also for IPv6."""
    networks = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"))
    assert allowed("10.1.2.3", networks)
    assert allowed("fd00:1::5", networks)
    assert not allowed("10.2.0.1", networks)
    assert not allowed("fd00:2::5", networks)
    assert not allowed("::ffff:10.1.2.3", networks)


@given(st.ip_addresses())
def test_no_address_is_let_through_that_python_calls_private(address: object) -> None:
    """Whatever the standard library calls private, loopback, link-local, multicast or reserved is refused."""
    for trait in ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_reserved", "is_unspecified"):
        if getattr(address, trait):
            assert not allowed(str(address)), trait


@given(st.text())
def test_no_text_breaks_the_guard(text: str) -> None:
    """What is no address is refused, never an error."""
    assert allowed(text).reason
