"""/feeds: the feeds that this chat is told of, how each is, and its last polls."""

from bot.chat.commands.command import Context, Reply, Request, acting_for
from bot.chat.texts import en
from bot.model import Feed
from bot.poll.health import condition, last_polls, until
from bot.text.age import age
from bot.text.harmless import escape

SHOWN = 30
"""Feeds that are shown one by one."""


def run(request: Request, context: Context) -> Reply:
    """Show every feed that the chat sees; to who runs the bot, all."""
    chat = acting_for(request, context)
    feeds = context.feeds.seen_by(chat)
    paragraphs = [_entry(feed, request.chat.id, context) for feed in feeds[:SHOWN]]
    if len(feeds) > SHOWN:
        paragraphs.append(en.FEEDS_MORE.format(number=len(feeds) - SHOWN))
    return Reply(paragraphs=(*paragraphs, en.FEEDS_LAST))


def _entry(feed: Feed, chat: int, context: Context) -> str:
    state, now = context.store.feed_state(feed.name), context.clock()
    own = en.FEEDS_OWN if chat in feed.chats else ""
    lines = [
        en.FEEDS_ENTRY.format(name=escape(feed.name), title=escape(feed.title), own=own, how=condition(state, now))
    ]
    if state.health.error:
        lines.append(escape(state.health.error[:300]))
    if state.schedule.last_poll:
        new = age(state.health.last_new, now) if state.health.last_new else "none yet"
        lines.append(en.FEEDS_TIMES.format(polled=age(state.schedule.last_poll, now), new=new, next=until(state, now)))
        lines.append(en.FEEDS_POLLS.format(polls=escape(last_polls(state.health))))
    return "\n".join(lines)
