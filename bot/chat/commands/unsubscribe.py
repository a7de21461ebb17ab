"""/unsubscribe NAME…: give watchlists back; what was queued for them alone is not sent."""

from collections.abc import Sequence

from bot.chat.commands.command import Context, Reply, Request, labelled, listed, named
from bot.messages import en
from bot.model import label_of
from bot.text.harmless import escape


def run(request: Request, context: Context) -> Reply:
    """Unsubscribe the chat. A watchlist that is no longer available can be unsubscribed from all the same."""
    names = labelled(request, context)
    own = tuple(names)
    if not own:
        return Reply(paragraphs=(en.LIST_NONE,))
    if not request.args:
        wanted = en.NAMES_WANTED_OWN.format(command=request.command, example=escape(own[0]), names=listed(own))
        return Reply(paragraphs=(wanted,))
    everything = request.args[0].casefold() == "all"
    asked = named(request, own if everything else [*own, *(w.name for w in context.watches if w.name not in own)])
    paragraphs = list(asked.complaints)
    gone = unsubscribed(request, context, [names[name] for name in asked.names if name in names])
    never = [name for name in asked.names if name not in gone]
    if gone:
        paragraphs.append(en.UNSUBSCRIBED.format(names=listed(gone)))
    if never:
        paragraphs.append(en.UNSUBSCRIBED_NEVER.format(names=listed(never)))
    return Reply(paragraphs=tuple(paragraphs))


def unsubscribed(request: Request, context: Context, names: Sequence[str]) -> tuple[str, ...]:
    """Take subscriptions away, and with them the chat's own watches. Returns what they were called."""
    gone = context.subscriptions.unsubscribe(request.chat.id, names)
    context.own_watches.forget(gone)
    return tuple(map(label_of, gone))
