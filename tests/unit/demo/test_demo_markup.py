"""The demo's reader of messages, beside the strict one."""

import random
from collections.abc import Iterable
from itertools import islice

from standins.botapi import links
from standins.botapi.entities import stored
from standins.botapi.markup import parse
from telegram_ import own_messages

from bot.demo.markup import Entity, read
from bot.demo.screen import STYLES


def test_the_demo_reads_every_message_of_the_bot_as_telegram_does() -> None:
    """Texts, and the entities that the screen shows, but for blanks in front and the spelling of addresses."""

    def shown(entities: Iterable, skipped: int = 0) -> list[tuple[str, int, int, str]]:
        spelt = [(it.type, it.offset - skipped, it.length, links.checked(it.url)) for it in entities]
        return sorted(it for it in spelt if it[0] in STYLES and (it[0] != "text_link" or it[3]))

    for html in islice(own_messages(random.Random(7)), 300):  # noqa: S311  # chance, not secrecy
        text, entities = stored(*parse(html))
        found, marked = read(html, html=True)
        kept = found.lstrip(" \n")
        assert (kept, shown(marked, len(found) - len(kept))) == (text, shown(entities)), html


def test_commands_are_found_where_people_could_tap_them() -> None:
    text = "🏟 /stop, <code>/help</code> and https://a.example/x a/b"
    assert read(text, html=True)[1] == (
        Entity(type="bot_command", offset=3, length=5),
        Entity(type="code", offset=10, length=5),
    )
    assert read("/start", html=False) == ("/start", (Entity(type="bot_command", offset=0, length=6),))


def test_nothing_in_a_message_can_direct_the_terminal() -> None:
    assert read("a\x1b[31m\rb\x07", html=False)[0] == "a [31m b"
