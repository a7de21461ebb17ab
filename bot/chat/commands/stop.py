"""/stop: no more alerts, and nothing of what was queued."""

from bot.chat.commands.command import Context, Reply, Request, listed
from bot.chat.commands.unsubscribe import unsubscribed
from bot.messages import en
from bot.text.harmless import code, escape


def run(request: Request, context: Context) -> Reply:
    """Take every subscription of the chat away, and tell how to bring them back."""
    own = context.own_watches.of(request.chat.id)
    gone = unsubscribed(request, context, context.subscriptions.of(request.chat.id))
    if not gone:
        return Reply(paragraphs=(en.STOPPED_NOTHING,))
    shared = [name for name in gone if name not in {watch.label for watch in own}]
    paragraphs = [en.STOPPED.format(names=listed(gone), again=escape(" ".join(shared)))] if shared else [en.STOPPED_ALL]
    if own:
        again = "\n".join(code(f"/watch {watch.query}") for watch in own)
        paragraphs.append(en.STOPPED_OWN.format(watches=again))
    return Reply(paragraphs=tuple(paragraphs))
