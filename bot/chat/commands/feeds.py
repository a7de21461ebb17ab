"""/feeds: the feeds that this chat is told of, how each is, and its last polls."""

from bot.alerts.compose import age
from bot.chat.commands.command import Desk, Reply, Request, party
from bot.chat.texts import en
from bot.curator import OPERATOR
from bot.feeds.health import condition, last_polls, until
from bot.model import Feed
from bot.text.harmless import escape

SHOWN = 30
"""Feeds that are shown one by one."""


def run(request: Request, desk: Desk) -> Reply:
    """Show every feed that the chat sees; to who runs the bot, all."""
    chat = party(request, desk)
    feeds = list(desk.feeds) if chat == OPERATOR else desk.feeds.seen_by(chat)
    paragraphs = [_entry(feed, request.chat.id, desk) for feed in feeds[:SHOWN]]
    if len(feeds) > SHOWN:
        paragraphs.append(en.FEEDS_MORE.format(number=len(feeds) - SHOWN))
    return Reply(paragraphs=(*paragraphs, en.FEEDS_LAST))


def _entry(feed: Feed, chat: int, desk: Desk) -> str:
    state, now = desk.store.feed_state(feed.name), desk.clock()
    own = en.FEEDS_OWN if chat in feed.chats else ""
    lines = [
        en.FEEDS_ENTRY.format(name=escape(feed.name), title=escape(feed.title), own=own, how=condition(state, now))
    ]
    if state.error:
        lines.append(escape(state.error[:300]))
    if state.last_poll:
        new = age(state.last_new, now) if state.last_new else "none yet"
        lines.append(en.FEEDS_TIMES.format(polled=age(state.last_poll, now), new=new, next=until(state, now)))
        lines.append(en.FEEDS_POLLS.format(polls=escape(last_polls(state))))
    return "\n".join(lines)
