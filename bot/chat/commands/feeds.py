"""/feeds: the feeds that this chat is told of, how each is, and its last polls."""

from bot.chat.commands.command import Context, Reply, Request, acting_for
from bot.messages import en
from bot.model import Feed
from bot.poll.health import condition, until
from bot.text.age import age
from bot.text.counted import counted
from bot.text.harmless import escape

SHOWN = 30
"""Feeds that are shown one by one."""


def run(request: Request, context: Context) -> Reply:
    """Show every feed that the chat sees; to the bot's owner, all."""
    chat = acting_for(request, context)
    feeds = context.feeds.seen_by(chat)
    paragraphs = [_entry(feed, request.chat.id, context) for feed in feeds[:SHOWN]]
    if len(feeds) > SHOWN:
        paragraphs.append(en.FEEDS_MORE.format(number=len(feeds) - SHOWN))
    return Reply(paragraphs=(*paragraphs, en.FEEDS_LAST))


def _entry(feed: Feed, chat: int, context: Context) -> str:
    state, now = context.store.feed_state(feed.name), context.clock()
    how, own = condition(state, now), chat in feed.chats
    lines = [
        en.FEEDS_ENTRY.format(
            icon=en.CONDITION_ICONS.get(how, en.CONDITION_ICON_ELSE),
            name=escape(feed.label if own else feed.name),
            title=escape(feed.title),
            own=en.FEEDS_OWN if own else "",
            how=en.CONDITIONS[how],
        )
    ]
    health = state.health
    if health.error:
        lines.append(escape(health.error[:300]))
    if state.schedule.last_poll:
        lines.append(
            en.FEEDS_TIMES.format(
                polled=age(state.schedule.last_poll, now),
                items=counted(sum(poll.new for poll in health.polls), "new item"),
                checks=counted(len(health.polls), "check"),
                new=age(health.last_new, now) if health.last_new else "none yet",
                next=_next(until(state, now)),
            )
        )
    return "\n".join(lines)


def _next(when: str) -> str:
    if not when:
        return en.CONDITIONS["paused"]
    return en.FEEDS_NEXT_NOW if when == "now" else en.FEEDS_NEXT.format(next=when)
