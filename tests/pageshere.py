"""Reads pages and robots.txt in this process and in no time, for trials in virtual time."""

import time

from bot.errors import FeedUnreadable
from bot.feeds.article.answers import Extracted, NoPage, Permission
from bot.feeds.article.extract import extract
from bot.feeds.article.robots import permission


class PagesHere:
    """Meets `ReadsPages`."""

    async def page(self, body: bytes, **facts: str) -> Extracted:
        """See `ChildExtractor.page`."""
        try:
            return extract(body, now=time.time(), **facts)
        except NoPage as error:
            raise FeedUnreadable(str(error)) from error

    async def permission(self, body: bytes, *, link: str, agent: str) -> Permission:
        """See `ChildExtractor.permission`."""
        return permission(body, link=link, agent=agent)
