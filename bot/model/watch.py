"""Watches: what is looked for, and what an item met."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.model.feed import label_of
from bot.model.item import FieldName, Item

Scope = Literal["about", "mention", "all"]
"""How far into an item a watch looks: its title and summary; also the first third of its article; all of it."""
Tier = Literal["about", "mention", "aside"]
"""Where an item meets a watch: in title or summary; only with the first third of its article; only beside the matter.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A watchlist as somebody wrote it. `query` is text in the watch language; `feeds` empty means all feeds.

    `chat` is the one chat whose own watch it is, 0 if it belongs to everybody. The name of an own watch has that chat,
    as it was when the watch was made, behind an @ (`own_name`).
    """

    name: str
    title: str
    query: str
    scope: Scope = "all"
    feeds: tuple[str, ...] = ()
    silent: bool = False
    chat: int = 0

    @property
    def label(self) -> str:
        """What its chat calls it; the name of one that is everybody's."""
        return label_of(self.name)


class Hit(NamedTuple):
    """One place where a watch found what it looks for. A tuple, as `Match` is: hundreds are made of one item.

    `term` is the term as the watch has it (`@aircraft`), `alternative` what of it was found (`warplane`).
    `start` and `end` are offsets into the item's own text of that field, so `field_text[start:end]` is what a
    reader sees.
    """

    term: str
    alternative: str
    field: FieldName
    start: int
    end: int


class Match(NamedTuple):
    """A watch met an item. `title` and `silent` are the watch's, so that an alert can be told without it."""

    watch: str
    title: str
    hits: tuple[Hit, ...]
    tier: Tier = "about"
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asides:
    """How many items of a day met a watch only beside the matter, and whether it was ever said that these are many.

    `day` counts from the first of January 1970, in UTC.
    """

    watch: str
    day: int
    count: int
    said: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedItem:
    """An item together with every watch that it met; what /latest shows and alerts are written from."""

    item: Item
    matches: tuple[Match, ...]
