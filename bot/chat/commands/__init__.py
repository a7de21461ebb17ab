"""Commands: one file a command, and the one table of them. The bot's menu and /help are made from it."""

from bot.chat.commands import help, latest, list, start, status, stop, subscribe, unsubscribe, watchlists  # noqa: A004  # files are named as their commands
from bot.chat.commands.command import Command

COMMANDS: tuple[Command, ...] = (
    Command(name="watchlists", run=watchlists.run, description="what is on offer"),
    Command(
        name="subscribe",
        run=subscribe.run,
        usage="subscribe NAME…",
        description="be told of a watchlist's news",
        changes=True,
    ),
    Command(
        name="unsubscribe",
        run=unsubscribe.run,
        usage="unsubscribe NAME…",
        description="give a watchlist back",
        changes=True,
    ),
    Command(name="list", run=list.run, description="the watchlists you have"),
    Command(name="latest", run=latest.run, usage="latest [NAME]", description="the newest matches"),
    Command(name="status", run=status.run, description="how feeds and queue are"),
    Command(name="stop", run=stop.run, description="no more alerts", changes=True),
    Command(name="help", run=help.run, description="all commands"),
    Command(name="start", run=start.run, description="what this is"),
)
BY_NAME = {command.name: command for command in COMMANDS}
