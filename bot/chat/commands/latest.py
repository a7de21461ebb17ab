"""/latest [NAME]: the newest matches of one watchlist, of one's own, or of all."""

from bot.chat.commands.command import Context, Reply, Request, distinct, listed, matches_in_short, named
from bot.messages import en

SHOWN, COPIES = 5, 8
"""Matches that are shown, and how many are looked at for each, for feeds show the same articles."""


def run(request: Request, context: Context) -> Reply:
    """Show the newest matches, newest first."""
    offered = [watch.name for watch in context.watches]
    asked = named(request, offered)
    if asked.complaints and not asked.names:
        return Reply(paragraphs=asked.complaints)
    own = [name for name in context.subscriptions.of(request.chat.id) if name in offered]
    names = asked.names or own or offered
    own_feeds = [feed.name for feed in context.feeds.of(request.chat.id)]
    found = context.store.latest(names, SHOWN * COPIES, own=own_feeds)
    newest = distinct(found, SHOWN)
    if not newest:
        return Reply(paragraphs=(*asked.complaints, en.LATEST_NONE.format(names=listed(names))))
    now = context.clock()
    shown = (matches_in_short(matched, names, now) for matched in newest)
    return Reply(paragraphs=(*asked.complaints, en.LATEST_FIRST.format(names=listed(names)), *shown))
