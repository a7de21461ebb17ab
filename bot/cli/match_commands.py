"""`newsvane match` and `newsvane aliases` as commands: what may be asked of them, and of whom they ask it."""

import asyncio
import sys
from pathlib import Path

import click

from bot.cli import match as trial
from bot.cli.context import CliContext
from bot.model import Watch
from bot.watches.parser.aliases import builtin_aliases

_SCHEMES = ("http://", "https://")
_ENDINGS = (".html", ".htm", ".xhtml")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("words", nargs=-1, metavar="[QUERY] [URL|FILE.html]...")
@click.option("--watchlists", is_flag=True, help="Try the watchlists of the config instead of a query.")
@click.option("--text", help="The text to try it on.  [default: each line of standard input]")
@click.option("--item", type=_FILE, help="An item to try it on: a JSON object with title, summary, body, link …")
@click.option("--items", type=_FILE, help="Items to try it on: JSON, one object a line. Shows matches, then advice.")
@click.option("--archive", is_flag=True, help="Try it on the items that the bot has kept, also while it runs.")
@click.option("--explain", is_flag=True, help="Say for each part of the query why it hit or where it failed.")
@click.option("--json", "as_json", is_flag=True, help="Print each match as a JSON object on a line.")
@click.pass_obj
def match(
    place: CliContext,
    words: tuple[str, ...],
    *,
    watchlists: bool,
    text: str | None,
    item: Path | None,
    items: Path | None,
    archive: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Try QUERY on texts before anybody subscribes to it. Exit code 0 with matches, 1 without, 2 for a mistake.

    Of each page, given by its address or as a file, what is read is shown paragraph by paragraph, with its tier;
    without QUERY, that alone.
    """
    query = None if watchlists or not words or is_page_name(words[0]) else words[0]
    pages = words if query is None else words[1:]
    if not (query or watchlists or pages) or query == "":
        raise click.UsageError("give a QUERY in quotes, or --watchlists")
    if archive + bool(pages) + sum(given is not None for given in (text, item, items)) > 1:
        raise click.UsageError("give one of --text, --item, --items, --archive and pages")
    if strange := next((each for each in pages if not is_page_name(each)), ""):
        raise click.UsageError(f"{strange} is no address and no file; a QUERY of several words needs quotes")
    settings = place.settings() if archive or watchlists or (place.config / "watchlists.toml").exists() else None
    known = settings.aliases if settings else builtin_aliases()
    watches = settings.watches if settings and watchlists else (Watch(name="", title="", query=query or ""),)
    if pages:
        from bot.cli.page_view import show_pages  # noqa: PLC0415  # heavy

        shown = show_pages(pages, watches if query or watchlists else (), known, settings, as_json=as_json, why=explain)
        sys.exit(0 if asyncio.run(shown) else 1)
    if archive and settings:
        with place.store(settings) as store:
            found = trial.try_on_archive(watches, known, store.archive(), as_json=as_json, why=explain)
        sys.exit(0 if found else 1)
    texts = trial.items_of(text, item, items)
    found = trial.try_watches(watches, known, texts, as_json=as_json, why=explain, one_by_one=items is None)
    sys.exit(0 if found else 1)


def is_page_name(word: str) -> bool:
    """Return whether a word of the command line is the address of a page, or the file of one."""
    return word.lower().startswith(_SCHEMES) or (word.lower().endswith(_ENDINGS) and Path(word).is_file())


@click.command()
@click.pass_obj
def aliases(place: CliContext) -> None:
    """Show the aliases that a watch may use as @name, built-in ones and those of watchlists.toml."""
    has_own = (place.config / "watchlists.toml").exists()
    trial.print_aliases(place.settings().aliases if has_own else builtin_aliases())
