"""What a publisher's headers say: validators, how long a copy is fresh, when to come back, which hub pushes. Pure.

Headers are as hostile as bodies: what cannot be read says nothing.
"""

import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypedDict
from urllib.parse import SplitResult

from yarl import URL

from bot.feeds.address import parsed

MAX_HEADER = 2_000  # characters of a validator or an address that are worth keeping
MAX_HUBS = 4
_YEAR = 365 * 86_400.0
_MAX_AGE = re.compile(r"""(?:^|[\s,])(s-maxage|max-age)\s*=\s*"?(\d{1,10})"?""", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)(?:[\s,]|$)", re.IGNORECASE)
_CODED = re.compile(r"""(?P<before>\A(?:W/)?"[^"]+?)(?:-{1,2}|;)(?:gzip|br|deflate|zstd)(?P<after>"\Z)""")
_LINK = re.compile(r"""<([^<>"\s]{1,2000})>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*+"|[^\s",;]++))?)*+)""")
_REL = re.compile(r"""rel\s*=\s*(?:"([^"]*+)"|([^\s",;]++))""", re.IGNORECASE)


class Links(TypedDict):
    """The WebSub part of the Link headers."""

    hubs: tuple[str, ...]
    topic: str


def kept(value: str) -> str:
    """Keep a header's value byte for byte, or not at all if it could not be sent back so (RFC 9110 §5.5)."""
    sendable = len(value) <= MAX_HEADER and all(c == "\t" or (c >= " " and c != "\x7f") for c in value)
    # Bytes that are no UTF-8 arrive as lone surrogates, which the library drops when it sends.
    return value if sendable and not any("\ud800" <= c <= "\udfff" for c in value) else ""


def any_of(etag: str) -> str:
    """Write the If-None-Match for a validator: as it was received, and behind it as the server may know it.

    Apache marks the ETag of what it compresses, `"x-gzip"`, and does not know it when it comes back (mod_deflate,
    mod_brotli). A list means any of its members (RFC 9110 §13.1.2).
    """
    bare = _CODED.sub(r"\g<before>\g<after>", etag)
    return etag if bare == etag else f"{etag}, {bare}"


def retry_after(value: str, now: float) -> float | None:
    """Read Retry-After (RFC 9110 §10.2.3), seconds or a date, as seconds from now. None for anything else."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) <= 10:
        return float(value)
    moment = _moment(value)
    return None if moment is None else max(moment - now, 0.0)


def freshness(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds a cache may still give this very answer (RFC 9111 §4.2), None if nothing says so.

    A shared cache's lifetime outranks the private one, and both outrank Expires. What it has spent (Age) is taken off.
    """
    control = headers.get("Cache-Control", "")[:MAX_HEADER]
    if _NOT_KEPT.search(control):
        return None
    ages = {name.lower(): float(value) for name, value in _MAX_AGE.findall(control)}
    lifetime = ages.get("s-maxage", ages.get("max-age"))
    if lifetime is None:
        expires, date = _moment(headers.get("Expires", "")), _moment(headers.get("Date", ""))
        lifetime = None if expires is None else expires - (now if date is None else date)
    if lifetime is None:
        return None
    age = headers.get("Age", "").strip()
    spent = float(age) if age.isascii() and age.isdigit() and len(age) <= 10 else 0.0
    return min(max(lifetime - spent, 0.0), _YEAR)


def link_header(values: Iterable[str], base: URL) -> Links:
    """Read rel=hub and rel=self of the Link headers (RFC 8288, WebSub §4), as whole http or https addresses."""
    hubs: list[str] = []
    topic = ""
    for value in values:
        for target, parameters in _LINK.findall(value[: MAX_HEADER * 2]):
            rel = _REL.search(parameters)
            kinds = (rel[1] or rel[2] or "").lower().split() if rel else []
            address = _address(target, base) if kinds else ""
            if "hub" in kinds and address and address not in hubs:
                hubs.append(address)
            if "self" in kinds and address and not topic:
                topic = address
    return Links(hubs=tuple(hubs[:MAX_HUBS]), topic=topic)


def _address(target: str, base: URL) -> str:
    try:
        whole = str(base.join(URL(target)))
    except ValueError:
        return ""
    return whole if isinstance(parsed(whole), SplitResult) else ""


def _moment(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value[:100]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
