r"""Links that lead where they seem to: the host that is shown is the host that a browser goes to. Pure.

    link -> an http address with a host that can only be read one way -> its ASCII form, and the host as it is shown

A browser reads `https://evil.example\@bbc.co.uk/` as a page of evil.example, `http://0x7f.1/` as one of this machine,
and `https://ex。ample` as one of ex.ample (WHATWG URL, UTS 46). What is not read alike by all is no link here.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple
from unicodedata import name
from urllib.parse import quote

import idna

# A host and a port, nobody's name and password; what follows has nothing that a browser takes out or turns round.
_LINK = re.compile(
    r"""
    (?P<scheme>https?)://
    (?: (?P<host>(?:[A-Za-z0-9._~-]|[^\x00-\xa0\s])+) | \[(?P<six>[0-9A-Fa-f:]+)\] )
    (?: :0*(?P<port>[1-9][0-9]{0,4}) )?
    (?P<rest> (?:[/?\#] [^\s\x00-\x1f\x7f-\x9f\\]*)? )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HOST = re.compile(r"(?P<before>https?://)(?P<host>[^/?#:@\\\[\]\s]+)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LONGEST_HOST = 253
_NEUTRAL = frozenset("0123456789-")
# Of Latin letters those that are read as none of a to z: no small capitals, no letter without its dot.
_LATIN = re.compile("[\xdf-\xf6\xf8-\u0130\u0132-\u0137\u0139-\u0148\u014a-\u017e]")


class WebLink(NamedTuple):
    """An address with its host in ASCII, and the host for people: in its own letters, if they are of one script."""

    address: str
    host: str


def web_link(link: str) -> WebLink | None:
    """Read a link that Telegram keeps and every browser reads alike; None for any other."""
    found = _LINK.fullmatch(link)
    if found is None or int(found["port"] or 1) > 65_535:
        return None
    host = _six(found["six"]) if found["six"] else ascii_host(found["host"])
    if not host or ("." not in host.strip(".") and not found["six"]):
        return None
    port = f":{found['port']}" if found["port"] else ""
    rest = "".join(char if char.isprintable() else quote(char, errors="replace") for char in found["rest"])
    return WebLink(f"{found['scheme'].lower()}://{host}{port}{rest}", shown_host(host))


def ascii_host(host: str) -> str:
    """Return the host that a browser goes to, in ASCII and small letters; empty if that is not certain."""
    if len(host) > _LONGEST_HOST:
        return ""
    lower = host.lower()
    if not host.isascii() or "xn--" in lower:
        try:
            lower = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    labels = lower.rstrip(".").split(".")
    if not all(labels):
        return ""
    if _NUMBER.fullmatch(labels[-1]):  # a browser takes it for an address in numbers, whatever stands before
        try:
            return str(IPv4Address(lower))
        except AddressValueError:
            return ""
    return lower


def shown_host(host: str) -> str:
    """Return a host in ASCII as people may read it: in letters of one script, else as it is."""
    if "xn--" not in host:
        return host
    try:
        spelled = idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host
    return spelled if _one_script(spelled) and ascii_host(spelled) == host else host


def spelled_out(address: str) -> str:
    """Return an address that is shown and not linked, its host as `shown_host` gives it or else letter by letter."""
    found = _HOST.fullmatch(address)
    if found is None or (found["host"].isascii() and "xn--" not in found["host"].lower()):
        return address
    host = ascii_host(found["host"])
    return found["before"] + (shown_host(host) if host else quote(found["host"], errors="replace")) + found["rest"]


def _one_script(host: str) -> bool:
    """Return whether all labels are written in one script; look-alikes stand in several, or are odd Latin letters."""
    labels = [label for label in host.split(".") if label]
    scripts = {_script(char) for label in labels for char in label if char not in _NEUTRAL}
    return len(scripts) == 1


def _script(char: str) -> str:
    """Return the first word of a letter's name, which is its script; an odd Latin letter is one of its own."""
    script = name(char, "").partition(" ")[0]
    return char if script == "LATIN" and not (char.isascii() or _LATIN.fullmatch(char)) else script


def _six(address: str) -> str:
    try:
        return f"[{IPv6Address(address)}]"
    except AddressValueError:
        return ""
