"""`newsvane feeds`: the feeds that are watched, how each is; adding, changing, taking lists in and out.

What changes something is done by the bot that runs, if one does, else here and now.
"""

import asyncio
import base64
import json
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from bot.cli.context import CliContext
from bot.cli.groups import Group
from bot.delivery.outbox import Outbox
from bot.errors import StoreBusy
from bot.feeds.discover.opml import write_opml
from bot.messages import en
from bot.model import Feed, FeedState
from bot.poll.feedlist import FeedList
from bot.poll.health import condition, last_polls, until
from bot.store import open_store, path_of
from bot.text.age import age
from bot.text.clean import readable
from bot.text.counted import counted

if TYPE_CHECKING:
    from bot.admin.feed_admin import FeedAdmin

Json = dict[str, Any]
_PARTS = frozenset({"validators", "schedule", "health"})


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def feeds(ctx: click.Context) -> None:
    """Show the watched feeds and their health; add, change, import and export feeds."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_feeds)


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print each as a JSON object on a line.")
@click.pass_obj
def list_feeds(place: CliContext, *, as_json: bool = False) -> None:
    """List the feeds with their last polls, errors and next try. Works beside a running bot."""
    settings, now = place.settings(), time.time()
    with place.store(settings) as store:
        for feed in FeedList(settings.feeds, store):
            state = store.feed_state(feed.name)
            if as_json:
                click.echo(json.dumps({**_flat(state), **asdict(feed), "condition": condition(state, now)}))
            else:
                _print_feed(feed, state, now)


def _flat(state: FeedState) -> Json:
    """Return all that is remembered of a feed in one table."""
    parts = asdict(state.validators) | asdict(state.schedule) | asdict(state.health)
    return {name: value for name, value in asdict(state).items() if name not in _PARTS} | parts


def _print_feed(feed: Feed, state: FeedState, now: float) -> None:
    whose = f"  (of chat {feed.chats[0]})" if feed.chats else "" if feed.added else "  (feeds.toml)"
    click.echo(f"{click.style(feed.name, bold=True)}  {en.CONDITIONS[condition(state, now)]}{whose}")
    click.echo(f"    {readable(feed.title)}  {state.validators.address or feed.url}")
    if state.health.error:
        click.echo(f"    {readable(state.health.error)}")
    if state.schedule.last_poll:
        new = age(state.health.last_new, now) if state.health.last_new else "none yet"
        later = until(state, now) or "never, it is paused"
        click.echo(f"    polled {age(state.schedule.last_poll, now)}, last news {new}, next poll {later}")
        click.echo(f"    last polls: {last_polls(state.health)}")


@feeds.command()
@click.argument("address")
@click.option("--pick", type=click.IntRange(1), help="Take this one of what is found, without a question.")
@click.option("--yes", is_flag=True, help="Take the first that is found, without a question.")
@click.pass_obj
def add(place: CliContext, address: str, *, pick: int | None, yes: bool) -> None:
    """Add the feed at ADDRESS, or one that the page there names. Everybody gets it; old items are not sent."""

    async def adding() -> Json:
        async with FeedAdminClient(place) as client:
            offer = await client.ask({"do": "look", "address": address})
            number = _chosen(offer["choices"], pick=1 if yes and not pick else pick)
            return await client.ask({"do": "take", "offer": offer["offer"], "number": number})

    feed = asyncio.run(adding())
    click.echo(f"{feed['title']} is watched as {feed['name']}.")


def _chosen(choices: list[Json], *, pick: int | None) -> int:
    now = time.time()
    for number, choice in enumerate(choices, 1):
        known = f"  (watched already as {choice['known']})" if choice["known"] else ""
        click.echo(f"{number}. {click.style(readable(choice['title']), bold=True)}{known}\n   {choice['url']}")
        for entry in choice["newest"]:
            click.echo(f"     {readable(entry['title'])[:100]}  ({age(entry['published'], now)})")
    if pick is None and not sys.stdin.isatty():
        raise click.UsageError("say which with --pick NUMBER, or take the first with --yes")
    if pick is None:
        pick = click.prompt("Which one", type=click.IntRange(0, len(choices)), default=1, prompt_suffix=" (0: none)? ")
    if pick == 0:
        raise click.Abort
    if pick > len(choices):
        raise click.UsageError(f"there are only {len(choices)}")
    return pick - 1


@feeds.command()
@click.argument("name")
@click.pass_obj
def remove(place: CliContext, name: str) -> None:
    """Remove the feed NAME. Articles already told will not come again."""
    _say(_do(place, {"do": "remove", "name": name}), "was removed. Articles already told will not come again.")


@feeds.command()
@click.argument("name")
@click.argument("title")
@click.pass_obj
def rename(place: CliContext, name: str, title: str) -> None:
    """Call the feed NAME by another TITLE, which alerts show."""
    feed = _do(place, {"do": "rename", "name": name, "title": title})
    _say(feed, f"is now called {feed['title']}.")


@feeds.command()
@click.argument("name")
@click.pass_obj
def pause(place: CliContext, name: str) -> None:
    """Leave the feed NAME alone until it is resumed."""
    _say(_do(place, {"do": "pause", "name": name}), "is paused.")


@feeds.command()
@click.argument("name")
@click.pass_obj
def resume(place: CliContext, name: str) -> None:
    """Ask the feed NAME again, also one that has failed for long: as soon as its publisher lets it."""
    _say(_do(place, {"do": "resume", "name": name}), "is resumed.")


@feeds.command("import")
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def import_feeds(place: CliContext, file: Any) -> None:  # noqa: ANN401  # click's lazy file
    """Add all feeds of the OPML list FILE. Exit code 1 if something of it could not be used."""
    brought = _do(place, {"do": "import", "opml": base64.b64encode(file.read()).decode()})
    for complaint in brought["complaints"]:
        click.echo(f"not used: {readable(complaint)}", err=True)
    click.echo(f"{len(brought['added'])} added, {brought['already']} watched already.")
    sys.exit(1 if brought["complaints"] else 0)


@feeds.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, readable=False), required=False)
@click.pass_obj
def export_feeds(place: CliContext, file: Path | None) -> None:
    """Write the feeds that are for everybody as OPML to FILE, or to standard output."""
    settings = place.settings()
    with place.store(settings) as store:
        shared = [feed for feed in FeedList(settings.feeds, store) if not feed.chats]
    opml = write_opml(shared, "Newsvane", time.time())
    if file is None:
        click.echo(opml.decode(), nl=False)
        return
    file.write_bytes(opml)
    click.echo(f"{file}: {counted(len(shared), 'feed')}.")


def _say(feed: Json, what: str) -> None:
    click.echo(f"{feed['name']} {what}")


def _do(place: CliContext, request: Json) -> Json:
    async def doing() -> Json:
        async with FeedAdminClient(place) as client:
            return await client.ask(request)

    return asyncio.run(doing())


class FeedAdminClient:
    """Talks to the running bot over its socket, or opens the store itself if none runs."""

    def __init__(self, place: CliContext) -> None:
        self._settings = place.settings()
        self._state = place.state
        self._closing = AsyncExitStack()
        self._admin: FeedAdmin | None = None

    async def __aenter__(self) -> Self:
        from bot.admin.succession import settle_names  # noqa: PLC0415  # as the next
        from bot.assembly import (  # noqa: PLC0415  # heavy; a bot that runs has its own
            UNHURRIED,
            feed_admin,
            index_of,
            nobody_sends,
            reading,
        )

        try:
            store = open_store(self._settings.store.url, self._state, outbox=Outbox())
        except StoreBusy:
            return self  # a bot runs
        self._closing.callback(store.close)
        index = index_of(self._settings, store.own_watches().values())
        read = reading(self._settings, store, UNHURRIED, self._closing, index=index, on_queued=nobody_sends)
        settle_names(read.feeds, store)
        self._admin = feed_admin(read, store, self._settings.poll, UNHURRIED.clocks, on_added=_polled_later)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def ask(self, request: Json) -> Json:
        """Have a request answered. What is refused ends the command."""
        from bot.admin import socket  # noqa: PLC0415  # heavy, and what only lists does without

        if self._admin is not None:
            reply: Json | None = await socket.answer(self._admin, request)
        else:
            reply = await socket.ask(socket.socket_of(path_of(self._settings.store.url, self._state)), request)
        if reply is None:
            reply = {"error": "The running bot does not listen; stop it, or try again in a moment.", "exit_code": 75}
        if "error" in reply:
            click.echo(f"newsvane: {reply['error']}", err=True)
            sys.exit(int(reply["exit_code"]))
        return reply


def _polled_later(feed: Feed) -> None:
    """Leave a feed that was added while no bot runs to the bot that starts next."""
    del feed
