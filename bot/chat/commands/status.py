"""/status: how the feeds are, what waits to be sent, when was the last poll."""

from bot.chat.commands.command import Context, Reply, Request, acting_for
from bot.messages import en
from bot.model import Counts, Feed, FeedState, Pages
from bot.poll.visibility import OPERATOR
from bot.text.age import age
from bot.text.harmless import escape


def run(request: Request, context: Context) -> Reply:
    """Show the health of the feeds that the chat sees, and what waits for it; to the bot's owner, all that waits."""
    now = context.clock()
    of_all = acting_for(request, context) == OPERATOR
    feeds = [
        _feed(feed, context, now, pages=of_all or bool(feed.chats)) for feed in context.feeds.seen_by(request.chat.id)
    ]
    if not context.reads_pages:
        feeds.append(en.STATUS_NO_PAGES)
    counts = context.store.counts(None if of_all else request.chat.id)
    lines = _queue(counts, now)
    trouble, told = context.trouble(), ""
    if trouble and (trouble.kind == "refused" or of_all):
        told = escape(trouble.told(age(trouble.since, now)))
    if of_all:
        lines[0] += f" {en.STATUS_SENT.format(sent=counts.sent)}"
        lines.append(en.STATUS_KNOWN.format(known=counts.known, watches=len(context.watches)))
    return Reply(paragraphs=tuple(filter(None, (told, "\n".join(feeds), "\n".join(lines)))))


def _feed(feed: Feed, context: Context, now: float, *, pages: bool) -> str:
    """Say how a feed is. What became of its `pages` tells what others watch, so not everybody is told."""
    return en.STATUS_FEED.format(
        title=escape(feed.title), health=_health(context.store.feed_state(feed.name), now, pages=pages)
    )


def _health(state: FeedState, now: float, *, pages: bool) -> str:
    if not state.schedule.last_poll:
        return en.STATUS_FEED_WAITS
    polled = age(state.schedule.last_poll, now)
    if state.health.failures:
        since = age(state.health.failing_since, now)
        return en.STATUS_FEED_BROKEN.format(since=since, error=escape(state.health.error[:200]), age=polled)
    well = en.STATUS_FEED_WELL.format(
        age=polled, new=age(state.health.last_new, now) if state.health.last_new else "none yet"
    )
    return f"{well}{_pages(state.pages)}" if pages else well


def _pages(pages: Pages) -> str:
    """Say what came of the pages behind a feed's items; nothing if none was wanted."""
    said = [f"{getattr(pages, kind):,} {words}" for kind, words in en.STATUS_PAGES.items() if getattr(pages, kind)]
    why = en.STATUS_PAGES_LAST.format(why=escape(pages.last[:200])) if pages.walled or pages.failed else ""
    return en.STATUS_PAGES_FIRST.format(pages=", ".join(said)) + why if said else ""


def _queue(counts: Counts, now: float) -> list[str]:
    oldest = en.STATUS_OLDEST.format(age=age(counts.oldest_queued, now)) if counts.oldest_queued else ""
    lines = [en.STATUS_QUEUE.format(queued=counts.queued + counts.sending, oldest=oldest)]
    if counts.uncertain or counts.dead or counts.expired:
        lines.append(en.STATUS_TROUBLE.format(uncertain=counts.uncertain, dead=counts.dead, expired=counts.expired))
    return lines
