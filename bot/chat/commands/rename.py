"""/rename NAME TITLE: call a watch of one's own otherwise in its alerts."""

from bot.chat.commands.command import Context, Reply, Request, listed
from bot.errors import RequestRefused
from bot.messages import en
from bot.text.harmless import escape


def run(request: Request, context: Context) -> Reply:
    """Give a watch another title."""
    own = [watch.label for watch in context.own_watches.of(request.chat.id)]
    if not own:
        return Reply(paragraphs=(en.RENAME_NONE,))
    if len(request.args) < 2:
        return Reply(paragraphs=(en.RENAME_USAGE.format(names=listed(own)),))
    name, *words = request.args
    try:
        watch = context.own_watches.rename(request.chat.id, name.casefold(), " ".join(words))
    except RequestRefused as error:
        return Reply(paragraphs=(escape(str(error)),))
    return Reply(paragraphs=(en.RENAMED.format(name=escape(watch.label), title=escape(watch.title)),))
