"""What a site's robots.txt says to us (RFC 9309): may this be asked, and how far apart. protego reads it. Pure."""

from protego import Protego

from bot.feeds.article.answers import Permission

LONGEST_DELAY = 60.0
"""Seconds of a Crawl-delay that are heeded at most."""


def permission(body: bytes, *, link: str, agent: str) -> Permission:
    """Return what a robots.txt says of a link. `agent` is the product's name in User-Agent."""
    rules = Protego.parse(body.decode("utf-8-sig", "replace"))
    delay = rules.crawl_delay(agent) or 0.0
    return Permission(allowed=bool(rules.can_fetch(link, agent)), delay=min(max(delay, 0.0), LONGEST_DELAY))
