"""Addresses as people type them and as pages link them, made into ones that can be asked. Pure.

Whether a host may be connected to is not judged here: a name says little, and the fetcher's guard sees the address
that is really connected to.
"""

import ipaddress
import re
from typing import Literal
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from bot.errors import FeedForbidden, NoWebAddress

MAX_ADDRESS = 2_048
_FORM = "write it like https://example.com/feed"

_WRAPPING = "<>\"'`«»“”"
# A host with a port looks like a scheme; a port is all digits.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):(?!\d{1,5}(?:[/?#]|\Z))")
_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?://)|feed:(?=//)", re.IGNORECASE)
_ODD = re.compile(r"[\s\x00-\x20\x7f-\xa0\"<>\\^`{|}\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Of names in other letters only the shape is checked; IDNA is slow, and the fetcher's library knows it.
_LABEL = r"[a-z0-9_\xa1-\U0010ffff]++(?:-++[a-z0-9_\xa1-\U0010ffff]++)*+"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+\.?")


AddressFlaw = Literal["unreadable", "scheme", "credentials", "host"]

_NO_HOST = f"this address has no host that could exist; {_FORM}"
_TOLD: dict[AddressFlaw, str] = {
    "unreadable": f"the host or the port of this address cannot be read; {_FORM}",
    "scheme": f"an address begins with https:// or http://; {_FORM}",
    "credentials": "an address here has no user name and no password; give one that is open to all",
    "host": _NO_HOST,
}


def parsed(address: str) -> SplitResult | AddressFlaw:
    """Return the parts of an http or https address with a host and without user info (RFC 3986), or its first flaw."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return "unreadable"
    if parts.scheme not in {"http", "https"}:
        return "scheme"
    if "@" in parts.netloc:
        return "credentials"
    return parts if parts.hostname else "host"


def typed_address(text: str) -> str:
    """Read an address as somebody typed it: `example.com`, `<https://example.com/rss>`, `feed://example.com/rss`.

    Without http or https it becomes https. Raises FeedForbidden, which says how to write it, for all that is no web
    address and for one with a user name or password.
    """
    bare = text[: MAX_ADDRESS * 2].strip()
    if bare.startswith(tuple(_WRAPPING)):
        bare = bare.strip(_WRAPPING).strip()
    if not bare:
        raise NoWebAddress(f"there is no address; {_FORM}")
    bare = _FEED_SCHEME.sub("", bare, count=1)
    if scheme := _SCHEME.match(bare):
        if scheme[1].lower() not in {"http", "https"}:
            raise NoWebAddress(f"{scheme[1][:20].lower()}: is no web address; {_FORM}")
        return _checked(bare)
    if not bare.startswith("//") and not _ODD.search(bare) and not _looks_like_host(bare):
        raise NoWebAddress(f"this is no web address; {_FORM}")
    return _checked(f"https://{bare.removeprefix('//')}")


def linked_address(href: str, base: str) -> str:
    """Give the whole address of a link on a page at `base`, without fragment; empty if it leads to no http or https."""
    if len(href) > MAX_ADDRESS:
        return ""
    href = href.strip("".join(map(chr, range(33))))
    href = _FEED_SCHEME.sub("", re.sub(r"[\t\r\n]", "", href), count=1)
    if not href:
        return ""
    href = _ODD.sub(lambda odd: "".join(f"%{byte:02X}" for byte in odd[0].encode("utf-8", "replace")), href)
    try:
        return _checked(urljoin(base, href))
    except (ValueError, FeedForbidden):
        return ""


def host_of(address: str) -> str:
    """Give an address' host, as people know it; empty if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _looks_like_host(bare: str) -> bool:
    """Tell `example.com/feed` and `localhost:8000` from a word that somebody wrote."""
    host = re.split(r"[/?#]", bare, maxsplit=1)[0]
    return "." in host or ":" in host or "@" in host or host.lower() == "localhost"


def _checked(address: str) -> str:
    """Give the address in one form: scheme and host in small letters, no fragment. Raises FeedForbidden."""
    if len(address) > MAX_ADDRESS:
        raise NoWebAddress(f"an address has at most {MAX_ADDRESS:,} characters; {_FORM}")
    if odd := _ODD.search(address):
        kind = "spaces" if odd[0].isspace() else f"the character {odd[0]!a}"
        raise NoWebAddress(f"an address cannot contain {kind}; {_FORM}")
    parts = parsed(address)
    if not isinstance(parts, SplitResult):
        raise NoWebAddress(_TOLD[parts])
    if parts.port == 0:
        raise NoWebAddress(f"no host listens at port 0; {_FORM}")
    _check_host(parts.hostname or "")
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, parts.query, ""))


def _check_host(host: str) -> None:
    """Let a name, an IDN or an address in numbers pass; a name has at most 253 characters (RFC 1035 §2.3.4)."""
    if ":" in host:
        fine = _is_ipv6(host)
    else:
        fine = len(host) <= 253 and bool(_HOST.fullmatch(host)) and all(len(label) <= 63 for label in host.split("."))
    if not fine:
        raise NoWebAddress(_NO_HOST)


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host
