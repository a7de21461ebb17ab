"""The stand-in reads messages as Telegram's own library did when its answers were recorded (./run drill telegram)."""

import json
import random
from itertools import islice

from telegram_ import ANSWERS, difference, harm, ours, own_messages


def test_recorded_messages_are_read_as_telegram_reads_them() -> None:
    """Texts, entities, refusals, and what Telegram finds by itself."""
    answers = [json.loads(line) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    found = {row[0] for _, answer in answers for row in answer.get("found", ())}
    assert len(answers) >= 300
    assert found >= {"mention", "bot_command", "hashtag", "cashtag", "url", "email", "bank_card_number", "ton_address"}
    assert [(html, wrong) for html, answer in answers if (wrong := difference(answer, ours(html)))] == []


def test_no_message_of_the_bot_on_a_hostile_item_is_refused_or_loses_or_gains_an_entity() -> None:
    """As the stand-in reads them, which reads as Telegram does."""
    messages = list(islice(own_messages(random.Random(5)), 150))  # noqa: S311  # chance, not secrecy
    assert [(html, wrong) for html in messages if (wrong := harm(html, ours(html)))] == []
