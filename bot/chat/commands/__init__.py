"""Commands: one file a command, and the one table of them. The bot's menu and /help are made from it."""

from bot.chat.commands import (
    addfeed,
    changefeed,
    feeds,
    latest,
    start,
    status,
    stop,
    subscribe,
    unsubscribe,
    watchlists,
)
from bot.chat.commands import help as help_
from bot.chat.commands import list as list_
from bot.chat.commands.command import Command

COMMANDS: tuple[Command, ...] = (
    Command(name="watchlists", group="watch", run=watchlists.run, description="available watchlists"),
    Command(
        name="subscribe",
        group="watch",
        run=subscribe.run,
        usage="subscribe NAME…",
        description="get alerts from a watchlist",
        changes=True,
    ),
    Command(
        name="unsubscribe",
        group="watch",
        run=unsubscribe.run,
        usage="unsubscribe NAME…",
        description="stop alerts from a watchlist",
        changes=True,
    ),
    Command(name="list", group="watch", run=list_.run, description="your watchlists"),
    Command(name="latest", group="watch", run=latest.run, usage="latest [NAME]", description="newest matches"),
    Command(name="feeds", group="feeds", run=feeds.run, description="your feeds and how they are doing"),
    Command(
        name="addfeed",
        group="feeds",
        run=addfeed.run,
        usage="addfeed ADDRESS",
        description="add a feed of your own",
        changes=True,
    ),
    Command(
        name="removefeed",
        group="feeds",
        run=changefeed.remove,
        usage="removefeed NAME",
        description="remove a feed",
        changes=True,
    ),
    Command(
        name="renamefeed",
        group="feeds",
        run=changefeed.rename,
        usage="renamefeed NAME TITLE",
        description="rename a feed",
        changes=True,
    ),
    Command(
        name="pausefeed",
        group="feeds",
        run=changefeed.pause,
        usage="pausefeed NAME",
        description="pause a feed",
        changes=True,
    ),
    Command(
        name="resumefeed",
        group="feeds",
        run=changefeed.resume,
        usage="resumefeed NAME",
        description="resume a feed",
        changes=True,
    ),
    Command(name="status", run=status.run, description="health of feeds and queue"),
    Command(name="stop", group="watch", run=stop.run, description="stop all alerts", changes=True),
    Command(name="help", run=help_.run, description="all commands"),
    Command(name="start", run=start.run, description="what this bot does"),
)
BY_NAME = {command.name: command for command in COMMANDS}
