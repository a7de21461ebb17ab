"""Tells a wall from an article: what a site shows to who may not read, whatever was asked for. Pure.

Consent, login, payment, "are you human": each is told by its own words where little else stands, by having nothing to
do with the item, or by standing behind three links of one host.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from urllib.parse import urlsplit

from bot.feeds.article.answers import Extracted
from bot.text.tables import rows_of

SHORT = 2_000
"""Characters of a text that may be nothing but a wall's. Longer ones speak of cookies in passing."""
LEAST = 80
"""Characters of an article; what is shorter says that there is none, or is a headline alone."""
SAME = 3
"""Links of a host that show one text, which is a wall's then."""
SUBSCRIBE, LOGIN = "the site asks to subscribe", "the site asks to log in"
HOSTS, TEXTS = 500, 20
"""Hosts whose texts are remembered, and texts of each."""

_SAYINGS = {row[0]: row[1] for row in rows_of("bot.feeds.article", "walls.tsv")}
"""What walls say, in small letters, and what kind of wall it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What stands between a page and its article. `whole` says that nothing of the article is before it."""

    kind: str
    whole: bool


def wall_of(page: Extracted) -> Wall | None:
    """Return what stands between a page and its article, None if nothing does."""
    title, body = page.article.title.casefold(), page.article.body
    if len(body) < SHORT:
        said = {
            line: kind for line in body.splitlines() for words, kind in _SAYINGS.items() if words in line.casefold()
        }
        of_title = next((kind for words, kind in _SAYINGS.items() if words in title), "")
        if of_title or sum(map(len, said)) * 2 > len(body):
            return Wall(kind=of_title or next(iter(said.values())), whole=True)
        if page.paid or SUBSCRIBE in said.values():
            return Wall(kind=SUBSCRIBE, whole=False)
        if page.asks_password and len(body) < SHORT / 2:
            return Wall(kind=LOGIN, whole=True)
    return None


@dataclass(slots=True)
class SameTexts:
    """Texts that hosts have shown, and behind which links. Those of old are forgotten."""

    _hosts: OrderedDict[str, OrderedDict[bytes, set[bytes]]] = field(default_factory=OrderedDict)

    def is_wall(self, link: str, body: str) -> bool:
        """Note what stands behind a link. Returns whether three links of its host show this text; it stays so."""
        parts = urlsplit(link)
        texts = self._hosts.pop(parts.netloc, OrderedDict())
        self._hosts[parts.netloc] = texts
        name = _name(" ".join(body.split()))
        links = texts.pop(name, set())
        texts[name] = links
        if len(links) < SAME:
            links.add(_name(parts.path))
        if len(texts) > TEXTS:
            walls = [each for each, found in texts.items() if len(found) >= SAME]
            del texts[next((each for each in texts if each not in walls), next(iter(texts)))]
        if len(self._hosts) > HOSTS:
            self._hosts.popitem(last=False)
        return len(links) >= SAME


def _name(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()
