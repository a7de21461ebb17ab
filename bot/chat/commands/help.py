"""/help: every command, in a line each. The text is made from the table of commands, so it cannot miss one."""

from bot.chat.commands.command import Context, Reply, Request
from bot.messages import en


def run(request: Request, context: Context) -> Reply:
    """Describe all commands."""
    del request
    groups = [
        "\n".join(
            [
                f"<b>{title}</b>",
                *(
                    en.HELP_COMMAND.format(usage=each.usage or each.name, description=each.description)
                    for each in context.commands
                    if each.group == group
                ),
            ]
        )
        for group, title in en.HELP_GROUPS.items()
    ]
    return Reply(paragraphs=(*groups, en.HELP_LAST))
