"""The entities of a text: bold, links, commands. Their places, and the text as Telegram stores it. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.demo.botapi.refusals import Json

# Control characters become spaces; carriage returns, line separators and marks that turn the direction go.
_CLEAN = {code: " " for code in range(32) if code != 10} | dict.fromkeys([13, *range(0x2028, 0x202F)])

DETECTED: Mapping[str, re.Pattern[str]] = {
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "mention": re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{4,32}(?!\w)"),
    "url": re.compile(r"(?i)\bhttps?://[^\s<>\"]+"),
}
"""What Telegram finds by itself in the words of people, as far as a bot cares."""


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
        """Give it as the Bot API does, without what is empty."""
        body: Json = {"type": self.type, "offset": self.offset, "length": self.length}
        optional = ("url", "language", "custom_emoji_id", "unix_time", "date_time_format")
        return body | {name: getattr(self, name) for name in optional if getattr(self, name)}


def utf16_length(text: str) -> int:
    """Count UTF-16 units, in which the Bot API measures texts."""
    return len(text) + sum(char > "\uffff" for char in text)


def is_blank(text: str) -> bool:
    """Tell whether nobody would see anything: only spaces, controls and invisible marks."""
    return all(char.isspace() or unicodedata.category(char) in {"Cf", "Cc"} for char in text)


def tidy(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Clean and strip a text as Telegram stores it; entities follow, and those left without text are dropped."""
    moved = [0]
    for char in text:
        after = moved[-1] + utf16_length(char.translate(_CLEAN))
        moved += [after] * utf16_length(char)
    cleaned = text.translate(_CLEAN)
    stripped = cleaned.strip(" \n")
    skipped = len(cleaned) - len(cleaned.lstrip(" \n"))
    size = utf16_length(stripped)

    def place(entity: Entity) -> Entity:
        begin, end = (min(max(moved[at] - skipped, 0), size) for at in (entity.offset, entity.offset + entity.length))
        return replace(entity, offset=begin, length=end - begin)

    return stripped, tuple(placed for placed in map(place, entities) if placed.length > 0)


def detect(text: str) -> tuple[Entity, ...]:
    """Find the commands, mentions and addresses that somebody wrote, sorted by place."""
    found = (
        Entity(type=kind, offset=utf16_length(text[: match.start()]), length=utf16_length(match[0]))
        for kind, pattern in DETECTED.items()
        for match in pattern.finditer(text)
    )
    return tuple(sorted(found, key=lambda entity: entity.offset))
