"""/stop: no more alerts, and nothing of what was queued."""

from bot.chat.commands.command import Desk, Reply, Request, listed
from bot.chat.texts import en
from bot.text.harmless import escape


def run(request: Request, desk: Desk) -> Reply:
    """Take every subscription of the chat away, and tell how to bring them back."""
    gone = desk.store.unsubscribe(request.chat.id, desk.store.subscriptions(request.chat.id))
    if not gone:
        return Reply(paragraphs=(en.STOPPED_NOTHING,))
    return Reply(paragraphs=(en.STOPPED.format(names=listed(gone), again=escape(" ".join(gone))),))
