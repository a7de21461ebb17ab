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
    Command(name="list", run=list_.run, description="the watchlists you have"),
    Command(name="latest", run=latest.run, usage="latest [NAME]", description="the newest matches"),
    Command(name="feeds", run=feeds.run, description="the feeds, and how each is"),
    Command(
        name="addfeed",
        run=addfeed.run,
        usage="addfeed ADDRESS",
        description="watch a feed of your own",
        changes=True,
    ),
    Command(
        name="removefeed", run=changefeed.remove, usage="removefeed NAME", description="give a feed up", changes=True
    ),
    Command(
        name="renamefeed",
        run=changefeed.rename,
        usage="renamefeed NAME TITLE",
        description="call a feed something else",
        changes=True,
    ),
    Command(
        name="pausefeed", run=changefeed.pause, usage="pausefeed NAME", description="leave a feed alone", changes=True
    ),
    Command(
        name="resumefeed", run=changefeed.resume, usage="resumefeed NAME", description="ask it again", changes=True
    ),
    Command(name="status", run=status.run, description="how feeds and queue are"),
    Command(name="stop", run=stop.run, description="no more alerts", changes=True),
    Command(name="help", run=help_.run, description="all commands"),
    Command(name="start", run=start.run, description="what this is"),
)
BY_NAME = {command.name: command for command in COMMANDS}
