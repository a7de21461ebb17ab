"""The article behind an item: whether it is wanted, and what follows once it was read, or could not be. Pure.

new item without a whole article -> could its article yet tell somebody something? -> Wanted, in the commit of the item
Wanted + Article or Unread -> decide_article -> who was not told is told, who was told has the alert edited
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count, islice

from bot.model import Article, Changes, Item, MatchedItem, Pages, PollFacts, Unread, Wanted, Watch
from bot.model.bounds import WANTED, WANTED_EACH
from bot.poll.edits import Matcher, read_of, with_own
from bot.poll.news import News, article_news
from bot.poll.outcome import PollOutcome
from bot.poll.overflow import within_limit
from bot.poll.slices import ReadPage, Rest, Room
from bot.poll.visibility import visibility_of
from bot.text.links import web_link

Could = Callable[[Item, Iterable[str]], Iterator[Watch]]
"""Gives those of the watches of these names that could meet an item by an article that is not read yet."""

WHOLE_BODY = 1_000
"""Characters from which on what a feed carries counts as the whole article: less may be its beginning."""
_MOMENT = 1e-5


def wanted_of(
    fresh: Iterable[MatchedItem], facts: PollFacts, could: Could, now: float
) -> tuple[tuple[Wanted, ...], int]:
    """Return the pages of new items that are wanted, as many as may wait, and how many more there were."""
    # A moment apart, so that of what came in one poll the newest goes first.
    times = (now + number * _MOMENT for number in count())
    wanted = (
        _wish(matched, facts, at)
        for matched, at in zip(fresh, times, strict=False)
        if len(matched.item.body) < WHOLE_BODY and is_wanted(matched, facts, could)
    )
    room = max((WANTED_EACH if facts.feed.chats else WANTED) - facts.wanted, 0)
    taken = tuple(islice(wanted, room))
    return taken, sum(1 for _ in wanted)


def is_wanted(matched: MatchedItem, facts: PollFacts, could: Could) -> bool:
    """Return whether the article of an item could tell somebody something, or is read in any case.

    That is so while a watch that did not meet the item could meet it, and somebody who sees the feed has that watch.
    """
    item, policy = matched.item, facts.feed.article
    if policy == "never" or web_link(item.link) is None:
        return False
    if policy == "always":
        return True
    met = set() if item.partly else {each.watch for each in matched.matches}
    visibility = visibility_of(facts.feed)
    others = (
        watch
        for watch, chats in facts.subscribers.items()
        if watch not in met and (chats if visibility.chats is None else visibility.among(chats))
    )
    return any(True for _ in could(item, others))


def decide_article(
    facts: PollFacts, reading: ReadPage, match: Matcher, rest: Rest, room: Room, *, now: float
) -> PollOutcome:
    """Decide what follows from a page that was wanted, in slices as a poll. An item that is kept no longer needs none.

    Until the last slice the page stays wanted, so that after a crash in between it is asked for once more.
    """
    page, came, state = reading.page, reading.came, facts.state
    before = facts.kept.get(page.item)
    news = News(names={})
    if before is not None and isinstance(came, Article):
        edit = read_of(came, with_own(before, match), match)
        news = article_news(edit, rest, facts, match, now=now, room=room)
    elif before is not None and isinstance(came, Unread):
        news = News(names={}, kept=(replace(before, item=replace(before.item, unread=came.detail)),))
    rows, overflowing = within_limit(news.deliveries, facts.waiting, facts.feed, now)
    whole = news.rest is None
    if whole:
        state = replace(state, pages=counted(state.pages, came))
    names = before.item.keys if before is not None else ()
    chats = frozenset(row.chat for row in rows if row.watches)
    changes = Changes(
        at=max(now, facts.newest),
        states=(state,) if whole else (),
        items=news.kept,
        notices=overflowing,
        deliveries=(*rows, *news.edits),
        told=dict.fromkeys(names, chats) if chats else {},
        unwanted=(page,) if whole else (),
    )
    return PollOutcome(
        feed=facts.feed,
        state=state,
        changes=changes,
        queued=len(rows),
        new=news.edited,
        rest=news.rest,
        weight=news.weight,
    )


def counted(pages: Pages, came: Article | Unread) -> Pages:
    """Count what came of a page of a feed."""
    if isinstance(came, Article):
        walled = bool(came.wall)
        return replace(
            pages, read=pages.read + (not walled), walled=pages.walled + walled, last=came.wall or pages.last
        )
    if came.reason == "waited too long":
        return replace(pages, dropped=pages.dropped + 1)
    walled = came.reason == "wall"
    return replace(pages, walled=pages.walled + walled, failed=pages.failed + (not walled), last=came.detail)


def _wish(matched: MatchedItem, facts: PollFacts, now: float) -> Wanted:
    chat = facts.feed.chats[0] if facts.feed.chats else 0
    return Wanted(feed=facts.feed.name, item=matched.item.key, link=matched.item.link, since=now, chat=chat)
