"""Reads a message in Telegram's HTML mode as strictly as Telegram does: text, entities, or the error's sentence. Pure.

What is allowed stands in TAGS; anything else is an error, as it is in the Bot API (Formatting options, HTML style).
Offsets and lengths of entities are UTF-16 units; the offsets in errors are bytes of UTF-8, for so Telegram counts.
Entities are given as written: Telegram also splits those that stand inside pre and code, which is left out here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from standins.botapi import links
from standins.botapi.entities import Entity, utf16_length
from standins.botapi.refusals import Refused, bad_request

TAGS: Mapping[str, str] = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler",
    "a": "text_link",
    "code": "code", "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
"""Each tag that is allowed, and the type of entity it becomes."""

# Of entities with the same span, the one that stands first here comes first.
_ORDER = (
    "blockquote expandable_blockquote pre code text_link text_mention date_time "
    "bold italic underline strikethrough spoiler custom_emoji"
)
_RANK = {kind: rank for rank, kind in enumerate(_ORDER.split())}

_SPACE = re.compile(r"[ \t\r\n\v]*")
_WORDS = re.compile(r"[^<]+")
_TAG_NAME = re.compile(r"[^ \t\r\n\v>]*")
_ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\v=>/\"']*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(r"&(?:#(?:x([0-9A-Fa-f]+)|([0-9]+))|([A-Za-z]+));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_LANGUAGE = re.compile(r"language-(.*)", re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse(html: str) -> tuple[str, tuple[Entity, ...]]:
    """Read HTML into text and entities, sorted by place. Raises Refused, "can't parse entities: ..."."""
    reader = _Reader(html)
    while reader.at < len(html):
        if html[reader.at] != "<":
            reader.words()
        elif html.startswith("</", reader.at):
            reader.end_tag()
        else:
            reader.start_tag()
    return reader.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A start tag whose end has not come yet; `offset` is where its text begins, `words` how much was read then."""

    tag: str
    attributes: Mapping[str, str]
    offset: int
    words: int


class _Reader:
    """Goes through the HTML once, from left to right."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.text: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def words(self) -> None:
        found = _match(_WORDS, self.html, self.at)
        words = _decoded(found[0])
        self.text.append(words)
        self.offset += utf16_length(words)
        self.at = found.end()

    def start_tag(self) -> None:
        begin = self.at
        name = _match(_TAG_NAME, self.html, begin + 1)
        if name.end() == len(self.html):
            raise self._refused("Unclosed start tag", begin)
        tag = name[0].lower()
        if tag not in TAGS:
            raise self._refused(f'Unsupported start tag "{tag}"', begin)
        self.at = name.end()
        attributes: dict[str, str] = {}
        while attribute := self._attribute(tag, begin):
            attributes[attribute[0]] = attribute[1]
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._refused('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(tag=tag, attributes=attributes, offset=self.offset, words=len(self.text)))

    def end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self._refused("Unexpected end tag", begin)
        name = _match(_TAG_NAME, self.html, begin + 2)
        self.at = self._after_space(name.end())
        if self._char() != ">":
            raise self._refused("Unclosed end tag", begin)
        self.at += 1
        opened = self.open.pop()
        found = name[0].lower()
        if found not in {"", opened.tag}:
            raise self._refused("Unmatched end tag", begin, f', expected "</{opened.tag}>", found "</{found}>"')
        if self.offset > opened.offset:
            self._close(opened)

    def finish(self) -> tuple[str, tuple[Entity, ...]]:
        if self.open:
            raise _unreadable(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        text = "".join(self.text)
        if _SURROGATE.search(text):
            raise _unreadable(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        entities = (replace(entity, language="") if entity.type == "code" else entity for entity in self.entities)
        return text, tuple(sorted(entities, key=lambda it: (it.offset, -it.length, _RANK[it.type])))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str] | None:
        """Read one attribute, None at the end of the tag. One without a value has an empty one."""
        self.at = self._after_space(self.at)
        if self._char() == ">":
            self.at += 1
            return None
        name = _match(_ATTRIBUTE_NAME, self.html, self.at)
        if not name[0]:
            raise self._refused(f'Empty attribute name in the tag "{tag}"', begin)
        self.at = self._after_space(name.end())
        has_value = self._char() == "="
        if has_value:
            self.at = self._after_space(self.at + 1)
        if not self._char():
            raise self._refused(f'Unclosed start tag "{tag}"', begin)
        return name[0], self._value(begin) if has_value else ""

    def _value(self, begin: int) -> str:
        quote = self._char()
        if quote in {'"', "'"}:
            end = self.html.find(quote, self.at + 1)
            value = _decoded(self.html[self.at + 1 : end])
            self.at = end + 1 if end >= 0 else len(self.html)
        else:
            token = _match(_NAME_TOKEN, self.html, self.at)
            value = token[0].lower()
            self.at = token.end()
            if self._char() not in {"", ">"} and self._after_space(self.at) == self.at:
                raise self._refused("Unexpected end of name token", token.start())
        if not self._char():
            raise self._refused("Unclosed start tag", begin)
        return value

    def _close(self, opened: _Open) -> None:
        kind = TAGS[opened.tag]
        entity = Entity(type=kind, offset=opened.offset, length=self.offset - opened.offset)
        if finish := _FINISH.get(kind):
            finish(self, entity, opened)
        else:
            self.entities.append(entity)

    def _char(self) -> str:
        return self.html[self.at : self.at + 1]

    def _after_space(self, at: int) -> int:
        return _match(_SPACE, self.html, at).end()

    def _refused(self, what: str, at: int, more: str = "") -> Refused:
        byte = len(self.html[:at].encode("utf-8", "surrogatepass"))
        return _unreadable(f"{what} at byte offset {byte}{more}")


def _finish_link(reader: _Reader, entity: Entity, opened: _Open) -> None:
    """Keep the link only if its address is one; without href the text itself is the address."""
    address = opened.attributes.get("href") or "".join(reader.text[opened.words :])
    if url := links.checked(address):
        person = links.is_person(address)
        reader.entities.append(replace(entity, type="text_mention") if person else replace(entity, url=url))


def _finish_code(reader: _Reader, entity: Entity, opened: _Open) -> None:
    """Make `pre` and a `code` with a language, if they have the same span, one entity with that language."""
    named = _LANGUAGE.fullmatch(opened.attributes.get("class", "")) if entity.type == "code" else None
    language = named[1] if named else ""
    last = reader.entities[-1] if reader.entities else None
    partner = {"code": "pre", "pre": "code"}[entity.type]
    same_span = last is not None and (last.type, last.offset, last.length) == (partner, entity.offset, entity.length)
    if last is not None and same_span and (language or last.language):
        reader.entities[-1] = replace(last, type="pre", language=language or last.language)
    else:
        reader.entities.append(replace(entity, language=language))


def _finish_quote(reader: _Reader, entity: Entity, opened: _Open) -> None:
    kind = "expandable_blockquote" if "expandable" in opened.attributes else "blockquote"
    reader.entities.append(replace(entity, type=kind))


def _finish_emoji(reader: _Reader, entity: Entity, opened: _Open) -> None:
    number = opened.attributes.get("emoji-id", "")
    if not (number.isascii() and number.isdigit() and 0 < int(number[:20]) < 2**63):
        raise _unreadable("Invalid custom emoji identifier specified")
    reader.entities.append(replace(entity, custom_emoji_id=number))


def _finish_time(reader: _Reader, entity: Entity, opened: _Open) -> None:
    unix = opened.attributes.get("unix", "")
    if not (unix.isascii() and unix.isdigit() and 0 < int(unix[:20]) < 2**31):
        raise _unreadable("Invalid date specified")
    shape = opened.attributes.get("format", "")
    reader.entities.append(replace(entity, unix_time=int(unix), date_time_format=shape))


_FINISH: Mapping[str, Callable[[_Reader, Entity, _Open], None]] = {
    "text_link": _finish_link,
    "code": _finish_code,
    "pre": _finish_code,
    "blockquote": _finish_quote,
    "custom_emoji": _finish_emoji,
    "date_time": _finish_time,
}
"""The types of entity that need more than their place."""


def _decoded(words: str) -> str:
    return _REFERENCE.sub(_character, words)


def _character(found: re.Match[str]) -> str:
    """Return what a reference stands for; one that Telegram does not know stays as it is written."""
    if found[3]:
        return _NAMED.get(found[3], found[0])
    if len(found[0].removesuffix(";")) >= 10:
        return found[0]
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if 0 < code < 0x10FFFF else found[0]


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    assert found is not None  # each pattern of this file also meets an empty text, or is asked where it holds
    return found


def _unreadable(sentence: str) -> Refused:
    return bad_request(f"can't parse entities: {sentence}")
