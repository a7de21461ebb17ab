"""/help: every command, in a line each. The text is made from the table of commands, so it cannot miss one."""

from bot.chat.commands.command import Context, Reply, Request
from bot.chat.texts import en


def run(request: Request, context: Context) -> Reply:
    """Describe all commands."""
    del request
    lines = [en.HELP_COMMAND.format(usage=c.usage or c.name, description=c.description) for c in context.commands]
    return Reply(paragraphs=(en.HELP_FIRST, "\n".join(lines), en.HELP_LAST))
