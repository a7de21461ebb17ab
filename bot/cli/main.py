"""The command line: newsvane [--config DIR] [--state DIR] COMMAND. Exit codes are those of `errors`."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar
from unicodedata import name

import click

from bot import __version__
from bot.cli.context import CliContext, default_config, default_state
from bot.cli.groups import Group, Lazy
from bot.errors import ConfigError, NewsvaneError, QueryError
from bot.text.counted import counted

if TYPE_CHECKING:
    from bot.settings import Settings

T = TypeVar("T")
EXIT_CODES = """\b
Exit codes: 0 fine, 1 findings, 2 usage, 69 Telegram or feed unreachable,
75 try later (another instance runs, disk full), 77 token refused, 78 config wrong."""


LAZY = {
    "feeds": Lazy(
        "bot.cli.feed_commands:feeds",
        "Show the watched feeds and their health; add, change, import and export feeds.",
    ),
    "match": Lazy("bot.cli.match_commands:match", "Try QUERY on texts before anybody subscribes to it."),
    "aliases": Lazy(
        "bot.cli.match_commands:aliases",
        "Show the aliases that a watch may use as @name, built-in ones and those of watchlists.toml.",
    ),
    "state": Lazy("bot.cli.state_commands:state", "Show what is remembered: how much, how old, how large."),
    "backup": Lazy(
        "bot.cli.state_commands:backup", "Write all that is remembered to FILE, in place of an older backup."
    ),
    "restore": Lazy(
        "bot.cli.state_commands:restore_command",
        "Replace the state with the backup FILE; the old state is kept aside.",
    ),
    "outbox": Lazy(
        "bot.cli.outbox_commands:outbox",
        "List alerts that wait or went wrong; retry or drop them.",
    ),
}
"""The commands that stand in other files. Each costs imports that the others do without."""


class _Commands(Group):
    """Turns the house's errors into one message on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's signature
        try:
            return super().invoke(ctx)
        except NewsvaneError as error:
            _fail(error)
        except KeyboardInterrupt:
            sys.exit(130)


@click.group(cls=_Commands, lazy=LAZY, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="newsvane")
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False, readable=False),  # who reads it says so better
    default=default_config,
    help="Directory of newsvane.toml, feeds.toml and watchlists.toml.  "
    "[default: $CONFIGURATION_DIRECTORY, ./config or ~/.config/newsvane]",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False, readable=False),
    default=default_state,
    help="Directory of what is remembered.  [default: $STATE_DIRECTORY, ./state or ~/.local/state/newsvane]",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="How much to log to stderr.  [default: info for run, else warning]",
)
@click.option("--log-style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def main(
    ctx: click.Context, config: Path, state: Path, log_level: str | None, log_style: Literal["text", "json"]
) -> None:
    """Watch news feeds and send alerts in Telegram: quickly, without duplicates, the matched words in bold."""
    ctx.obj = CliContext(config=config, state=state, log_level=log_level, log_style=log_style)


@main.command()
@click.pass_obj
def run(place: CliContext) -> None:
    """Run the bot: poll the feeds, talk with people, send alerts. Ends with SIGTERM or Ctrl-C."""
    from bot.runtime.signals import endure  # noqa: PLC0415  # it comes with the log, and --help does without

    endure()
    from bot import app  # noqa: PLC0415  # heavy, and other commands do without

    settings = place.settings()
    token = place.token(settings)
    place.log(token, usual="info")
    _finish_at_once(app.run(settings, token, state=place.state))


@main.command("check-config")
@click.pass_obj
def check_config(place: CliContext) -> None:
    """Show all mistakes of the config at once, each with its place; then what its watchlists do not find yet."""
    from bot.feeds.article.extra import pages_note  # noqa: PLC0415  # heavy, and --help does without
    from bot.settings import find_token  # noqa: PLC0415
    from bot.text.lemmas import russian_note  # noqa: PLC0415
    from bot.watches.parser.aliases import alias_standing  # noqa: PLC0415

    settings = place.settings()
    token = find_token(settings, os.environ)
    feeds, watches = (", ".join(named.name for named in kind) for kind in (settings.feeds, settings.watches))
    click.echo(f"{place.config}: no mistakes.")
    click.echo(f"  feeds       {feeds}")
    click.echo(f"  watchlists  {watches}")
    for alias, query in settings.aliases.items():
        standing = alias_standing(alias, query)
        if standing in {"extends", "replaces"}:
            click.echo(f"  alias       @{alias} {standing} the built-in one")
    found = f"from {token.source}" if token else "none found (set NEWSVANE_TOKEN or token_file); the demo needs none"
    click.echo(f"  token       {found}")
    if russian_note() and any("CYRILLIC" in name(letter, "") for watch in settings.watches for letter in watch.query):
        click.echo(f"  note        {russian_note()}")
    if pages_note():
        click.echo(f"  note        {pages_note()}")
    for line in _advice(place, settings):
        click.echo(f"  advice      {line}")


def _advice(place: CliContext, settings: "Settings") -> Iterator[str]:
    """Yield what the watchlists do not find of the items that are kept; nothing where none are."""
    from bot.cli.match import brief_advice  # noqa: PLC0415  # heavy, and --help does without

    with (
        suppress(NewsvaneError),
        place.store(settings) as store,
    ):  # a state that cannot be read is no mistake of a config
        yield from brief_advice(settings.watches, settings.aliases, store.archive())


@main.command()
@click.option("--once", is_flag=True, help="One round and out, as without it. To keep polling: newsvane run")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent and to whom; change nothing, send nothing.")
@click.pass_obj
def poll(place: CliContext, *, once: bool, dry_run: bool) -> None:
    """Poll every feed one time, due or not, and send what follows."""
    from bot import single_round  # noqa: PLC0415  # heavy, and other commands do without
    from bot.cli.poll_report import print_outcomes  # noqa: PLC0415

    del once
    settings = place.settings()
    token = "" if dry_run else place.token(settings)
    place.log(token)
    waiting = 0
    if dry_run:
        outcomes = _finish(single_round.look_once(settings, state=place.state))
    else:
        outcomes, waiting = _finish(single_round.poll_once(settings, token, state=place.state))
    print_outcomes(outcomes, dry_run=dry_run)
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    if len(failures) == len(outcomes):
        sys.exit(failures[0].exit_code)
    if waiting:
        click.echo(f"Alerts still wait for {counted(waiting, 'chat')}; the next round sends them.", err=True)
        sys.exit(75)


@main.command()
@click.option(
    "--once", is_flag=True, help="Play a script without questions, and end after the first alert (exit 1: none came)."
)
@click.option(
    "--items",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Publish these items instead: JSON, one object a line, with title, summary, link, published. Then report.",
)
@click.pass_obj
def demo(place: CliContext, *, once: bool, items: Path | None) -> None:
    """Try the bot without Telegram: a publisher, a stand-in for Telegram and the bot, all on this machine.

    You get a chat in the terminal. In it, publish: and any headline brings out one of your own.
    """
    from bot.demo import play, replay  # noqa: PLC0415  # heavy, and other commands do without

    settings = place.demo_settings()
    place.log()
    if items is not None:
        sys.exit(_finish(replay.publish_file(settings, items)))
    if not once and sys.stdin.isatty() and sys.stdout.isatty():
        _finish_at_once(play.interactive(settings))
    sys.exit(_finish(play.scripted(settings)))


def _finish(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)


def _finish_at_once(work: Coroutine[Any, Any, int | None]) -> NoReturn:
    """Run to the end and leave at once: Python would wait for threads, and a silent name server holds one for long."""
    try:
        code = asyncio.Runner().run(work) or 0
    except NewsvaneError as error:
        _tell(error)
        code = error.exit_code
    except Exception:  # noqa: BLE001  # shown as Python would, but through the log, which takes tokens out
        sys.excepthook(*sys.exc_info())
        code = 1
    except KeyboardInterrupt:
        code = 130
    with suppress(OSError):  # a window that was closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _fail(error: NewsvaneError) -> NoReturn:
    _tell(error)
    sys.exit(error.exit_code)


def _tell(error: NewsvaneError) -> None:
    from bot.settings.report import render  # noqa: PLC0415  # heavy, and what goes well does without
    from bot.text.secrets import TOKEN  # noqa: PLC0415
    from bot.watches.parser import pointed  # noqa: PLC0415

    if isinstance(error, ConfigError) and error.problems:
        click.echo(render(error), err=True)
    elif isinstance(error, QueryError):
        click.echo(pointed(error), err=True)
    else:
        click.echo(TOKEN.sub("[token]", f"newsvane: {error}"), err=True)
