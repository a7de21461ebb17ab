"""/subscribe NAME…: take watchlists, and see at once what an alert looks like."""

from math import ceil

from bot.chat.commands.command import Context, Reply, Request, as_alert, listed, matches_in_short, named
from bot.messages import en
from bot.model.bounds import ITEMS_DAYS
from bot.text.counted import counted
from bot.text.harmless import escape

EXAMPLES = 3
"""How many of the newest matches a new subscriber sees: one as a whole alert, the others in short."""

_DAY = 86_400.0

BUTTONS = 8
"""Watchlists that are offered as buttons to somebody who named none of them."""


def run(request: Request, context: Context) -> Reply:
    """Subscribe the chat. Taking what one has already changes nothing and says so."""
    offered = [watch.name for watch in context.watches]
    asked = named(request, offered)
    if not asked.names and not asked.complaints:
        wanted = en.NAMES_WANTED.format(command=request.command, example=escape(offered[0]), names=listed(offered))
        return Reply(paragraphs=(wanted,))
    paragraphs = list(asked.complaints)
    fresh = context.subscriptions.subscribe(request.chat, asked.names) if asked.names else ()
    already = [name for name in asked.names if name not in fresh]
    if already:
        paragraphs.append(en.SUBSCRIBED_ALREADY.format(names=listed(already)))
    if fresh:
        paragraphs.append(en.SUBSCRIBED.format(names=listed(fresh)) + _met(fresh, request.chat.id, context))
        paragraphs.extend(_examples(fresh, request.chat.id, context))
    if asked.complaints and not asked.names:
        paragraphs.append(en.AVAILABLE.format(names=listed(offered)))
        buttons = tuple((name, f"{request.command} {name}") for name in offered[:BUTTONS])
        return Reply(paragraphs=tuple(paragraphs), buttons=buttons)
    return Reply(paragraphs=tuple(paragraphs))


def _met(watches: tuple[str, ...], chat: int, context: Context) -> str:
    """Say how much each watchlist has met of what is kept; nothing where nothing is."""
    now = context.clock()
    first, _ = context.store.archive().span()
    if not first:
        return ""
    own = [feed.name for feed in context.feeds.of(chat)]
    found = context.store.met(watches, now - ITEMS_DAYS * _DAY, own=own)
    counts = [en.MET_EACH.format(name=listed([name]), count=f"{count:,}") for name, count in found.items()]
    said = ", ".join(counts) if len(counts) > 1 else f"{found[watches[0]]:,}"
    days = min(max(ceil((now - first) / _DAY), 1), int(ITEMS_DAYS))
    return (en.MET if days >= ITEMS_DAYS else en.MET_SO_FAR).format(counts=said, days=counted(days, "day"))


def _examples(watches: tuple[str, ...], chat: int, context: Context) -> list[str]:
    newest = context.store.latest(watches, EXAMPLES, own=[feed.name for feed in context.feeds.of(chat)])
    if not newest:
        return [en.EXAMPLE_NONE]
    now = context.clock()
    examples = [en.EXAMPLE_FIRST, as_alert(newest[0], watches, chat, now)]
    if len(newest) > 1:
        examples += [en.EXAMPLE_MORE, *(matches_in_short(matched, watches, now) for matched in newest[1:])]
    return examples
