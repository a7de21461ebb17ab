"""The entities of a text: bold, links, commands. Their places, and the text as Telegram stores it. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from standins.botapi.detect import found_in
from standins.botapi.refusals import Json

ENTITY_LIMIT = 100
"""Entities that Telegram keeps of a message, the first ones. It says nothing of the others."""

# Control characters become spaces; carriage returns, line separators, marks that turn the direction and marks that
# reach into other lines go.
_CLEAN = {code: " " for code in range(32) if code != 10} | dict.fromkeys(
    [13, *range(0x2028, 0x202F), 0x030A, 0x0333, 0x033F]
)
_MARK_BEFORE_MARK = re.compile("[\u200e\u200f](?=[\u200e\u200f])")  # of a row of them the last stays

_ALONE = frozenset({"text_link", "text_mention", "code", "pre", "custom_emoji", "date_time"})
"""Types in which Telegram looks for nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A MessageEntity of the Bot API. What a type has no use for is empty."""

    type: str
    offset: int
    length: int
    url: str = ""
    language: str = ""
    custom_emoji_id: str = ""
    unix_time: int = 0
    date_time_format: str = ""

    def as_json(self) -> Json:
        """Return it as the Bot API does, without what is empty."""
        body: Json = {"type": self.type, "offset": self.offset, "length": self.length}
        optional = ("url", "language", "custom_emoji_id", "unix_time", "date_time_format")
        return body | {name: getattr(self, name) for name in optional if getattr(self, name)}


def utf16_length(text: str) -> int:
    """Count UTF-16 units, in which the Bot API measures texts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_blank(text: str) -> bool:
    """Return whether nobody would see anything: only spaces, controls and invisible marks."""
    return all(char.isspace() or unicodedata.category(char) in {"Cf", "Cc"} for char in text)


def tidy(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Clean and strip a text as Telegram stores it; entities follow, and those left without text are dropped."""
    text = _MARK_BEFORE_MARK.sub("\u200c", text)
    cleaned = text.translate(_CLEAN)
    moved: Sequence[int] = range(utf16_length(text) + 1)
    if len(cleaned) < len(text):
        moved = [0]
        for char in text:
            after = moved[-1] + utf16_length(char.translate(_CLEAN))
            moved += [after] * utf16_length(char)
    stripped = cleaned.strip(" \n")
    skipped = len(cleaned) - len(cleaned.lstrip(" \n"))
    size = utf16_length(stripped)

    def place(entity: Entity) -> Entity:
        begin, end = (min(max(moved[at] - skipped, 0), size) for at in (entity.offset, entity.offset + entity.length))
        return replace(entity, offset=begin, length=end - begin)

    return stripped, tuple(placed for placed in map(place, entities) if placed.length > 0)


def stored(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Return a text and its entities as Telegram keeps them: cleaned, with what it finds itself, and not too many."""
    kept, marked = tidy(text, entities)
    taken = [(entity.offset, entity.offset + entity.length) for entity in marked if entity.type in _ALONE]
    found = (
        entity
        for entity in detect(kept)
        if not any(begin < entity.offset + entity.length and entity.offset < end for begin, end in taken)
    )
    everything = sorted([*marked, *found], key=lambda entity: (entity.offset, -entity.length))
    return kept, tuple(everything[:ENTITY_LIMIT])


def detect(text: str) -> tuple[Entity, ...]:
    """Find the commands, names, tags and addresses that somebody wrote, sorted by place."""
    entities, at, offset = [], 0, 0
    for begin, end, kind in found_in(text):
        offset, at = offset + utf16_length(text[at:begin]), begin
        entities.append(Entity(type=kind, offset=offset, length=utf16_length(text[begin:end])))
    return tuple(entities)
