"""/start: what this is, and what to do next."""

from bot.chat.commands.command import Context, Reply, Request, listed
from bot.messages import en
from bot.text.harmless import escape


def run(request: Request, context: Context) -> Reply:
    """Greet, and name what is on offer. A link to the bot may name a watchlist: t.me/BOT?start=NAME."""
    names = [watch.name for watch in context.watches]
    wanted = next((name for name in names if request.args and name == request.args[0].casefold()), "")
    if wanted:
        return Reply(paragraphs=(en.START, en.START_TAKE.format(name=escape(wanted))))
    return Reply(paragraphs=(en.START, en.START_NEXT.format(names=listed(names), example=escape(names[0]))))
