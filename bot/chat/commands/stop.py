"""/stop: no more alerts, and nothing of what was queued."""

from bot.chat.commands.command import Context, Reply, Request, listed
from bot.messages import en
from bot.text.harmless import escape


def run(request: Request, context: Context) -> Reply:
    """Take every subscription of the chat away, and tell how to bring them back."""
    gone = context.subscriptions.unsubscribe(request.chat.id, context.subscriptions.of(request.chat.id))
    if not gone:
        return Reply(paragraphs=(en.STOPPED_NOTHING,))
    return Reply(paragraphs=(en.STOPPED.format(names=listed(gone), again=escape(" ".join(gone))),))
