"""The demo's reader of messages, beside the strict one."""

import random
from itertools import islice

from standins.botapi.entities import stored
from standins.botapi.markup import parse
from telegram_ import own_messages

from bot.demo.markup import Entity, read
from bot.demo.screen import STYLES


def test_the_demo_reads_every_message_of_the_bot_as_telegram_does() -> None:
    """Texts, and the entities that the screen shows, in messages on hostile items."""
    for html in islice(own_messages(random.Random(7)), 300):  # noqa: S311  # chance, not secrecy
        text, entities = stored(*parse(html))
        shown = [(it.type, it.offset, it.length, it.url) for it in entities if it.type in STYLES]
        found, marked = read(html, html=True)
        assert (found, [(it.type, it.offset, it.length, it.url) for it in marked]) == (text, shown), html


def test_commands_are_found_where_people_could_tap_them() -> None:
    text = "🏟 /stop, <code>/help</code> and https://a.example/x a/b"
    assert read(text, html=True)[1] == (
        Entity(type="bot_command", offset=3, length=5),
        Entity(type="code", offset=10, length=5),
    )
    assert read("/start", html=False) == ("/start", (Entity(type="bot_command", offset=0, length=6),))
