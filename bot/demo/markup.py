"""What the bot sends, as a chat shows it: the text, its entities and its buttons. Pure.

It reads the HTML that the bot writes and objects to nothing; the strict reader is the tests'. Offsets and lengths of
entities are UTF-16 units, as in the Bot API.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

_KINDS = {"b": "bold", "i": "italic", "code": "code", "a": "text_link"}
_CONTROLS = dict.fromkeys([*range(10), *range(11, 32), 127], " ")  # a headline must not direct the terminal
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?![\w/<>@])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A MessageEntity of the Bot API; `url` is that of a text_link, else empty."""

    type: str
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a message; `data` comes back to the bot when it is pressed."""

    text: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message of the bot, as it stands in the chat."""

    message_id: int
    chat: int
    text: str
    entities: tuple[Entity, ...] = ()
    silent: bool = False
    buttons: tuple[tuple[Button, ...], ...] = ()


def read(text: str, *, html: bool) -> tuple[str, tuple[Entity, ...]]:
    """Return what people read, and its entities by place: those of the HTML, and the commands elsewhere in the text."""
    entities: list[Entity] = []
    if html:
        reader = _MarkupReader()
        reader.feed(text)
        reader.close()
        text, entities = reader.text, reader.entities
    text = text.translate(_CONTROLS).rstrip(" \n")
    taken = [(it.offset, it.offset + it.length) for it in entities if it.type in {"code", "text_link"}]
    entities += [it for it in commands(text) if not any(begin <= it.offset < end for begin, end in taken)]
    return text, tuple(sorted(entities, key=lambda it: (it.offset, -it.length)))


def commands(text: str) -> Sequence[Entity]:
    """Find the commands in a text."""
    return [
        Entity(type="bot_command", offset=utf16_length(text[: found.start()]), length=len(found[0]))
        for found in _COMMAND.finditer(text)
    ]


def read_buttons(markup: Mapping[str, Sequence[Sequence[Mapping[str, str]]]]) -> tuple[tuple[Button, ...], ...]:
    """Read an InlineKeyboardMarkup."""
    rows = markup.get("inline_keyboard", ())
    return tuple(tuple(Button(text=each["text"], data=each["callback_data"]) for each in row) for row in rows)


def utf16_length(text: str) -> int:
    """Count UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


class _MarkupReader(HTMLParser):
    """Goes through the HTML once. `text` and `entities` are what it has found."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.entities: list[Entity] = []
        self._open: list[tuple[str, int, str]] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append((_KINDS.get(tag, tag), utf16_length(self.text), dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        del tag
        kind, offset, url = self._open.pop()
        self.entities.append(Entity(type=kind, offset=offset, length=utf16_length(self.text) - offset, url=url))
