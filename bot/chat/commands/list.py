"""/list: the watchlists that this chat has."""

from bot.chat.commands.command import Context, Reply, Request
from bot.messages import en
from bot.text.harmless import escape


def run(request: Request, context: Context) -> Reply:
    """Show the chat's subscriptions, also those that are no longer on offer."""
    own = context.subscriptions.of(request.chat.id)
    if not own:
        return Reply(paragraphs=(en.LIST_NONE,))
    return Reply(paragraphs=(en.LIST_FIRST, "\n".join(_entry(name, context) for name in own)))


def _entry(name: str, context: Context) -> str:
    watch = context.watches_by_name.get(name)
    if watch is None:
        return en.LIST_GONE.format(name=escape(name))
    return en.LIST_ENTRY.format(name=escape(name), title=escape(watch.title))
