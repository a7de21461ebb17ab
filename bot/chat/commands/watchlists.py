"""/watchlists: what is on offer, with what each looks for."""

from bot.chat.commands.command import Context, Reply, Request
from bot.messages import en
from bot.model import Watch
from bot.text.harmless import escape, literal


def run(request: Request, context: Context) -> Reply:
    """Show every watchlist with its query."""
    del request
    return Reply(
        paragraphs=(
            en.OFFER_FIRST,
            *(_offer(watch) for watch in context.watches),
            en.OFFER_LAST.format(example=escape(context.watches[0].name)),
        )
    )


def _offer(watch: Watch) -> str:
    return en.OFFER.format(
        name=escape(watch.name),
        title=escape(watch.title),
        silent=en.OFFER_SILENT if watch.silent else "",
        query=literal(" ".join(watch.query.split()), quote=False),
        feeds=en.OFFER_FEEDS.format(feeds=escape(", ".join(watch.feeds))) if watch.feeds else "",
    )
