"""The name of a feed that somebody adds: what they type in the chat from then on. Pure.

title -> its part before a dash or a bar -> letters a to z; where that says too little: the host -> one that is free
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from itertools import chain, count

from bot.feeds.address import host_of

LONGEST = 31  # as in the config: 1 to 31 of a-z, 0-9 and -
_TITLE = 300  # characters of a title that are looked at
_NUMBERS = 100  # a list of thousands that share a title gets hashes, for nobody counts so far
_PARTS = re.compile(r"\s+[-–—|·•»«/:]+\s+|:\s+|\s*[|»«]\s*")
_SAYS_NOTHING = frozenset(
    {"rss", "atom", "feed", "news", "home", "rss-feed", "latest", "latest-news", "blog", "index", "xml"}
)
_SERVES = frozenset({"www", "www2", "feeds", "feed", "rss", "m"})
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})


def feed_name(title: str, url: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: from the feed's title, else from its host; with -2, -3 … if need be."""
    name = _from_title(title[:_TITLE]) or _from_host(host_of(url)) or "feed"
    if name not in taken:
        return name
    endings = chain(
        map(str, range(2, _NUMBERS)),
        [hashlib.sha256(url.encode(errors="replace")).hexdigest()[:8]],
        map(str, count(_NUMBERS)),
    )
    return next(
        free for ending in endings if (free := f"{_cut(name, LONGEST - len(ending) - 1)}-{ending}") not in taken
    )


def _from_title(title: str) -> str:
    """Return the first part of a title that says something in Latin letters; empty if most of it is in others."""
    for part in _PARTS.split(title):
        slug = _slug(part)
        letters = sum(map(str.isalnum, part))
        kept = len(slug.replace("-", ""))
        if kept >= 2 and kept * 2 >= letters and slug not in _SAYS_NOTHING:
            return _cut(slug, LONGEST)
    return ""


def _from_host(host: str) -> str:
    """Return what people call a site: its host without www and the like, and without .com and the like."""
    if ":" in host or re.fullmatch(r"[0-9.]+", host):
        return _cut(_slug(host), LONGEST)
    labels = host[:253].lower().strip(".").split(".")
    while len(labels) > 2 and labels[0] in _SERVES:
        del labels[0]
    if len(labels) > 1:
        del labels[-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        del labels[-1]
    return _cut(_slug("-".join(map(_in_ascii, labels))), LONGEST)


def _in_ascii(label: str) -> str:
    try:
        return label if label.isascii() else label[:63].encode("idna").decode()
    except UnicodeError:
        return ""


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _cut(slug: str, longest: int) -> str:
    """Shorten between two words where that leaves most of it."""
    if len(slug) <= longest:
        return slug
    head, _, _ = slug[: longest + 1].rpartition("-")
    return head if len(head) * 2 >= longest else slug[:longest].rstrip("-")
