"""The config: three files read at once, checked at once, and told all that is wrong with them at once.

    files ---> schema ---> relations ---> queries ---> Settings
    bytes      tables,     limits,        the watch    or ConfigError: each mistake located (`locate`)
    and TOML   values      names, feeds   language     and written out (`report`)

No other part of the house reads a setting from a file or from the environment.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from bot.errors import ConfigError
from bot.settings.bot_token import NO_TOKEN, Token, find_token
from bot.settings.checks import Listen
from bot.settings.diagnostic import FEEDS, MAIN, WATCHLISTS, Diagnostic, Table
from bot.settings.files import Document, read_document
from bot.settings.queries import check_queries
from bot.settings.relations import absolute, check_feeds, check_main, check_watchlists
from bot.settings.report import block, printable, render, summary
from bot.settings.schema import (
    FeedsFile,
    FetchSettings,
    MainFile,
    PollSettings,
    Settings,
    Shape,
    StoreSettings,
    TelegramSettings,
    WatchlistsFile,
    WebSettings,
    WebSubSettings,
    read,
)
from bot.settings.wording import worded
from bot.watches.parser.aliases import with_builtin

__all__ = [
    "NO_TOKEN",
    "FetchSettings",
    "Listen",
    "PollSettings",
    "Settings",
    "StoreSettings",
    "TelegramSettings",
    "Token",
    "WebSettings",
    "WebSubSettings",
    "find_token",
    "load",
    "render",
]


def load(config_dir: Path, state_dir: Path, *, environ: Mapping[str, str]) -> Settings:
    """Read and check the config. Raises ConfigError with every mistake of every file, each ready to print.

    `environ` gives `HOME` to a token_file that begins with `~/`.
    """
    _check_directory(config_dir)
    documents = {name: read_document(config_dir, name) for name in (MAIN, FEEDS, WATCHLISTS)}
    diagnostics: list[Diagnostic] = []
    main = _read(MainFile, documents[MAIN], diagnostics)
    feeds = _read(FeedsFile, documents[FEEDS], diagnostics)
    watchlists = _read(WatchlistsFile, documents[WATCHLISTS], diagnostics)
    tables = {name: document.table for name, document in documents.items()}
    diagnostics += _relations(tables, config_dir, environ)
    if diagnostics or main is None or feeds is None or watchlists is None:
        raise _config_error(documents.values(), diagnostics)
    return Settings(
        config_dir=config_dir,
        state_dir=state_dir,
        feeds=tuple(table.feed() for table in feeds.feed),
        watches=tuple(table.watch() for table in watchlists.watch),
        aliases=MappingProxyType(with_builtin(watchlists.alias)),
        telegram=replace(main.telegram, token_file=absolute(main.telegram.token_file, config_dir, environ)),
        poll=main.poll,
        fetch=replace(main.fetch, ca_file=absolute(main.fetch.ca_file, config_dir, environ)),
        store=main.store,
        web=main.web,
        websub=main.websub,
    )


def _read(shape: type[Shape], document: Document, diagnostics: list[Diagnostic]) -> Shape | None:
    if document.table is None:
        return None
    values, errors = read(shape, document.table)
    diagnostics += [worded(document.name, error) for error in errors]
    return values


def _relations(
    tables: Mapping[str, Table | None], config_dir: Path, environ: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """Check what can be checked, given the files that could be read."""
    main, feeds, watchlists = tables[MAIN], tables[FEEDS], tables[WATCHLISTS]
    if main is not None:
        yield from check_main(main, config_dir, environ)
    if feeds is not None:
        yield from check_feeds(feeds, main)
    if watchlists is not None:
        yield from check_watchlists(watchlists, feeds)
        yield from check_queries(watchlists)


def _config_error(documents: Iterable[Document], diagnostics: Iterable[Diagnostic]) -> ConfigError:
    from bot.settings.locate import located  # noqa: PLC0415  # it and its library serve mistakes only

    problems: list[str] = []
    all_located: list[Diagnostic] = []
    for document in documents:
        own = [each for each in diagnostics if each.file == document.name]
        of_file = located(document, own) if own else [document.mistake] if document.mistake else []
        problems += [block(diagnostic, document.source) for diagnostic in of_file]
        all_located += of_file
    return ConfigError(summary(all_located), tuple(problems))


def _check_directory(config_dir: Path) -> None:
    """Tell a config directory that is none once, and not as two files that are missing."""
    try:
        names = os.scandir(config_dir)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name for a directory"
        message = f"{config_dir}: the config directory cannot be read ({why}); name it with --config DIR"
        raise ConfigError(printable(message)) from error
    names.close()
