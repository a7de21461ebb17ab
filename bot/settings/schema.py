"""What may stand in the three files: each key once, with its type, its check and its default.

The tables of newsvane.toml are the settings themselves; feeds and watches become the nouns of `bot.model`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    PlainValidator,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from bot.model import ArticlePolicy, Feed, Scope, Watch
from bot.model.bounds import PAGES_AN_HOUR
from bot.settings import checks, patterns
from bot.settings.diagnostic import FEEDS, MAIN, WATCHLISTS, Table

Shape = TypeVar("Shape")

Access = Literal["open", "owner"]
Duration = Annotated[float, PlainValidator(checks.duration)]
Name = Annotated[StrictStr, AfterValidator(checks.name)]
Title = Annotated[StrictStr, AfterValidator(checks.title)]

_CLOSED = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """[telegram]. `api_url` has no slash at its end; `owner` is a person's Telegram id, 0 for nobody.

    `token_file` is an absolute path once loaded, empty if none is named.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    api_url: Annotated[StrictStr, AfterValidator(checks.api_url)] = "https://api.telegram.org"
    token_file: Annotated[StrictStr, AfterValidator(checks.token_file)] = ""
    access: Access = "open"
    owner: Annotated[StrictInt, AfterValidator(checks.owner)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """[poll], in seconds. `interval` is for feeds that name none; min_interval <= interval <= max_interval."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    interval: Duration = 300.0
    min_interval: Duration = 120.0
    max_interval: Duration = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """[fetch]. `timeout` is seconds for a request in all.

    `allow_addresses` are let through the address guard for the operator's feeds, `chats_may_reach` for everybody's.
    `ca_file` has certificates to trust besides the machine's: an absolute path once loaded, empty if none is named.
    Of one host at most `pages_an_hour` articles are asked for within an hour.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    timeout: Duration = 30.0
    allow_addresses: tuple[Annotated[checks.Network, PlainValidator(checks.network)], ...] = ()
    chats_may_reach: tuple[Annotated[checks.Network, PlainValidator(checks.network)], ...] = ()
    ca_file: Annotated[StrictStr, AfterValidator(checks.file_name)] = ""
    pages_an_hour: Annotated[StrictInt, AfterValidator(checks.pages_an_hour)] = PAGES_AN_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """[store]. `url` is `tinydb:FILE`, the file relative to the state directory."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    url: Annotated[StrictStr, AfterValidator(checks.store_url)] = "tinydb:newsvane.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """[web]. `listen` is where hubs and monitors are answered, None if nowhere."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    listen: Annotated[checks.Listen | None, PlainValidator(checks.listen)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSubSettings:
    """[websub]. `public_url` is the address under which hubs reach `[web] listen`, without a slash at its end."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    public_url: Annotated[StrictStr, AfterValidator(checks.public_url)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MainFile:
    """newsvane.toml."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    web: WebSettings = field(default_factory=WebSettings)
    websub: WebSubSettings = field(default_factory=WebSubSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTable:
    """A [[feed]]."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    name: Name
    url: Annotated[StrictStr, AfterValidator(checks.url)]
    title: Title = ""
    identity: Annotated[StrictStr, AfterValidator(patterns.identity)] = ""
    interval: Annotated[float | None, PlainValidator(checks.duration)] = None
    article: ArticlePolicy = "if needed"

    def feed(self) -> Feed:
        """Give the feed that this table describes. Its title is its name where it has none."""
        return Feed(
            name=self.name,
            title=self.title or self.name,
            url=self.url,
            identity=self.identity,
            interval=self.interval,
            article=self.article,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsFile:
    """feeds.toml."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    feed: list[FeedTable] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTable:
    """A [[watch]]. Its query is read where all aliases are known."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    name: Name
    query: StrictStr
    title: Title = ""
    scope: Scope = "all"
    feeds: list[StrictStr] = field(default_factory=list)
    silent: StrictBool = False

    def watch(self) -> Watch:
        """Give the watch that this table describes. Its title is its name where it has none."""
        return Watch(
            name=self.name,
            title=self.title or self.name,
            query=self.query,
            scope=self.scope,
            feeds=tuple(self.feeds),
            silent=self.silent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistsFile:
    """watchlists.toml."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    alias: dict[str, StrictStr] = field(default_factory=dict)
    watch: list[WatchTable] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set. `aliases` are queries by the name after @; the rest is as its table says."""

    config_dir: Path
    state_dir: Path
    feeds: tuple[Feed, ...]
    watches: tuple[Watch, ...]
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    web: WebSettings = field(default_factory=WebSettings)
    websub: WebSubSettings = field(default_factory=WebSubSettings)


TABLES: Mapping[tuple[str, str], type] = {
    (MAIN, ""): MainFile,
    (MAIN, "telegram"): TelegramSettings,
    (MAIN, "poll"): PollSettings,
    (MAIN, "fetch"): FetchSettings,
    (MAIN, "store"): StoreSettings,
    (MAIN, "web"): WebSettings,
    (MAIN, "websub"): WebSubSettings,
    (FEEDS, ""): FeedsFile,
    (FEEDS, "feed"): FeedTable,
    (WATCHLISTS, ""): WatchlistsFile,
    (WATCHLISTS, "watch"): WatchTable,
}
"""Every file and every table in it that has keys of its own."""


def keys(file: str, table: str) -> tuple[str, ...]:
    """Name the keys that may stand in a table, or the tables in a file if `table` is empty."""
    shape = TABLES.get((file, table))
    return tuple(each.name for each in fields(shape)) if shape else ()


def read(shape: type[Shape], table: Table) -> tuple[Shape | None, list[ErrorDetails]]:
    """Return what a file's tables say, None if anything is wrong, and all that is."""
    try:
        return _adapter(shape).validate_python(table), []  # type: ignore[arg-type]  # mypy: a generic class is unhashable
    except ValidationError as error:
        return None, error.errors(include_url=False)


@cache
def _adapter(shape: type[Any]) -> TypeAdapter[Any]:
    """Build what reads a shape, which takes longer than reading with it."""
    return TypeAdapter(shape)
