"""/start: what this is, and what to do next."""

from bot.chat.commands.command import Desk, Reply, Request, listed
from bot.chat.texts import en
from bot.text.harmless import escape


def run(request: Request, desk: Desk) -> Reply:
    """Greet, and name what is on offer."""
    del request
    names = [watch.name for watch in desk.watches]
    return Reply(paragraphs=(en.START, en.START_NEXT.format(names=listed(names), example=escape(names[0]))))
