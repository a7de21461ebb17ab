"""/list: what this chat watches: its own watches, with a button to give each up, and watchlists."""

from bot.chat.commands.command import Context, Reply, Request
from bot.messages import en
from bot.model import Watch
from bot.text.harmless import code, escape

BUTTONS = 30
"""Watches that can be given up with a button; more would be a page of buttons."""
_SHOWN = 200  # characters of a query


def run(request: Request, context: Context) -> Reply:
    """Show the chat's watches and subscriptions, also those that are no longer on offer."""
    names = context.subscriptions.of(request.chat.id)
    if not names:
        return Reply(paragraphs=(en.LIST_NONE,))
    own = {watch.name: watch for watch in context.own_watches.of(request.chat.id)}
    entries = (_own(own[name], context) if name in own else _entry(name, context) for name in names)
    buttons = [
        (en.LIST_REMOVE.format(name=own[name].label), f"unwatch {own[name].label}") for name in names if name in own
    ]
    return Reply(paragraphs=(en.LIST_FIRST, "\n".join(entries)), buttons=tuple(buttons[:BUTTONS]))


def _own(watch: Watch, context: Context) -> str:
    said = en.LIST_OWN if watch.scope == "all" else en.LIST_OWN_ABOUT
    if not context.own_watches.reads(watch):
        said = en.LIST_OWN_UNREAD
    query = watch.query if len(watch.query) <= _SHOWN else watch.query[: _SHOWN - 1] + "…"
    return said.format(name=escape(watch.label), query=code(query))


def _entry(name: str, context: Context) -> str:
    watch = context.watches_by_name.get(name)
    if watch is None:
        return en.LIST_GONE.format(name=escape(name))
    return en.LIST_ENTRY.format(name=escape(name), title=escape(watch.title))
