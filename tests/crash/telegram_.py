"""Holds the bot's messages, and the stand-in for Telegram, against TDLib, which is Telegram's own library.

    ./run drill telegram [--messages N] [--mutations N] [--seed N] [--record]

Messages of the bot with hostile headlines, and mutations of their markup, are read by TDLib (package tdjson, which this
drill installs; nothing is sent anywhere) and by the stand-in: the same refusals, texts and entities. Of the bot's own
none may be refused, none may lose an entity, and in none may Telegram find what the bot did not mark. Prints counts;
exit 1 if anything differs. --record writes a part of TDLib's answers to where the tests hold the stand-in against them.

The name has an underscore, as this folder is on the path and python-telegram-bot's package is called telegram.
"""

import argparse
import json
import random
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import count, islice
from pathlib import Path
from typing import Any

from standins.botapi import markup
from standins.botapi.entities import Entity, detect, stored, tidy
from standins.botapi.refusals import Refused

from bot.admin.offers import Choice, Offer
from bot.chat.commands.addfeed import _shown
from bot.chat.commands.command import matches_in_short
from bot.chat.replies import pages
from bot.delivery.compose import ENTITY_LIMIT, compose, compose_notice, entities, fitting, together
from bot.model import Entry, Hit, Item, Match, MatchedItem, Message, Notice

ANSWERS = Path(__file__).resolve().parents[1] / "unit/standins/telegram_answers.jsonl"
RECORDED, RECORDED_LENGTH = 250, 600
NOW = 1_790_000_000.0
Answer = dict[str, Any]
"""What Telegram makes of a text: `refused`, or `text`, `entities` and what it would find by itself, `found`."""

# fmt: off
PIECES = (
    "/stop", "/stop@newsvane_bot", "@durov", "@gif", "#war", "#war@durov", "$USD", "$1INCH", "evil.example/x",
    "evil.com", "a@b.com", "mailto:a@b.com", "file.py", "4111 1111 1111 1111", "378282246310005",
    "+1 202 555 0123", "tg://resolve?domain=x", "ton://x", "https://u:p@evil.com:80/x?y#z", "http://127.0.0.1/",
    "10.0.0.1", "(themoscowtimes.com)", "www.x.рф", "U.S.", "S-400", "24/7",
    "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N", "a\u030a", "e\u0301", "x\u0333", "\u0958", "한국",
    "\u200e\u200f\u200e", "\u200c", "\u200d", "\u2060", "\u202e", "🏟", "👨\u200d👩\u200d👧",
    "<b>", "</a>", "&amp;", "&", "<", ">", '"',
    "'", "«", "»", "·", "…", ".", "/", "@", "#", "$", ":", "://", ",", "(", ")", "[", "]", "-", "_", "~", "12",
    "345", "6789", "Idlib", "война", "a", "com", "новости", "\n", "\t",
)
LINKS = (
    "https://www.themoscowtimes.com/a1?b=1&c=2", "http://intranet/news/5", "https://a.b:0/",
    "https://a.b:99999/", "https://u:p@a.com/", "", "https://[::1]/x", "https://[::g]/", "javascript:alert(1)",
    "tg://resolve?domain=x", "https://новости.рф/é ", "https://a.b/ c", "https://a.b\\@c.d/", 'https://a.b/"<>',
    "HTTP://A.B", "https://a%zz.b/", "https://a|b.c/", "https://a.b:080?x", "https://a..b", "https://.",
    "https://a.b\u202e/", "https://a.b/\u2028x", "http://10.0.0.1:8080/",
)
MARKS = (
    "<b>", "</b>", "<i>", "</i>", "<u>", "<s>", "</>", "<a>", "</a>", '<a href="', '">', "<code>", "</code>",
    "<pre>", "</pre>", '<code class="language-c">', "<blockquote>", "<blockquote expandable>", "</blockquote>",
    "<tg-spoiler>", '<span class="tg-spoiler">', "</span>", "<span>", "<p>", "<br/>", "<", ">", "&", ";",
    "&lt;", "&quot;", "&nbsp;", "&#65;", "&#x1F3DF;", "&#0;", "=", '"', "'", " ",
    '<tg-emoji emoji-id="5368324170671202286">', "</tg-emoji>", "B", "/",
)
# fmt: on
_OTHER_MARKUP = re.compile(r"[*_~`|\[\]]")  # for Markdown, by which alone TDLib shows how it cleans a text
_TYPES = {
    "Bold": "bold", "Italic": "italic", "Underline": "underline", "Strikethrough": "strikethrough",
    "Spoiler": "spoiler", "Code": "code", "Pre": "pre", "PreCode": "pre", "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote", "TextUrl": "text_link", "MentionName": "text_mention",
    "CustomEmoji": "custom_emoji", "DateTime": "date_time", "Mention": "mention", "BotCommand": "bot_command",
    "Hashtag": "hashtag", "Cashtag": "cashtag", "Url": "url", "EmailAddress": "email",
    "BankCardNumber": "bank_card_number", "TonAddress": "ton_address", "MediaTimestamp": "time",
    "PhoneNumber": "phone_number",
}  # fmt: skip
_LINKED = frozenset({"text_link", "code"})


class TDLib:
    """Telegram's own library, without network."""

    def __init__(self) -> None:
        import tdjson  # noqa: PLC0415  # the tests import this file without having it

        self._execute: Callable[[bytes], bytes] = tdjson.td_execute
        self._ask("setLogVerbosityLevel", new_verbosity_level=0)

    def answer(self, html: str) -> Answer:
        """Read a message in HTML."""
        read = self._ask("parseTextEntities", text=html, parse_mode={"@type": "textParseModeHTML"})
        if read["@type"] == "error":
            return {"refused": read["message"].casefold()}
        found = self._ask("getTextEntities", text=read["text"])
        answer = {"text": read["text"], "entities": _rows(read), "found": _rows(found)}
        if not _OTHER_MARKUP.search(read["text"]):
            cleaned = self._ask("parseMarkdown", text=read)
            answer["cleaned"] = cleaned["text"].strip(" \n")
        return answer

    def _ask(self, request: str, **given: object) -> Answer:
        asked = json.dumps({"@type": request, **given}).encode()
        answer: Answer = json.loads(self._execute(asked))
        return answer


def ours(html: str) -> Answer:
    """Let the stand-in read a message in HTML."""
    try:
        text, marked = markup.parse(html)
    except Refused as refused:
        return {"refused": refused.refusal.description.removeprefix("Bad Request: ").casefold()}
    return {"text": text, "entities": [_row(it) for it in marked], "found": [_row(it) for it in detect(text)]} | (
        {} if _OTHER_MARKUP.search(text) else {"cleaned": tidy(text, ())[0]}
    )


def _rows(answer: Answer) -> list[list[Any]]:
    rows = []
    for entity in answer["entities"]:
        kind = entity["type"]
        value = kind.get("url") or kind.get("language") or str(kind.get("custom_emoji_id") or "")
        rows.append([_TYPES[kind["@type"].removeprefix("textEntityType")], entity["offset"], entity["length"], value])
    return rows


def _row(entity: Entity) -> list[Any]:
    value = entity.url or entity.language or entity.custom_emoji_id
    return [entity.type, entity.offset, entity.length, value]


def difference(telegrams: Answer, answer: Answer) -> str:
    """Say where the stand-in reads other than Telegram; empty if nowhere."""
    times = [(row[1], row[1] + row[2]) for row in telegrams.get("found", ()) if row[0] == "time"]

    def without_times(rows: Sequence[list[Any]]) -> list[list[Any]]:
        return [row for row in rows if not any(row[1] < end and begin < row[1] + row[2] for begin, end in times)]

    for key in ("refused", "text", "entities", "found", "cleaned"):
        said, wanted = answer.get(key), telegrams.get(key)
        if key == "found" and said is not None and wanted is not None:
            said, wanted = without_times(said), without_times(wanted)
        if said != wanted:
            return f"{key}: Telegram says {wanted!a}, the stand-in {said!a}"
    return ""


def harm(html: str, telegrams: Answer) -> str:
    """Say what is wrong with a message of the bot's own; empty if nothing is."""
    if "refused" in telegrams:
        return f"Telegram refuses it: {telegrams['refused']}"
    marked = telegrams["entities"]
    if len(marked) != entities(html) or len(marked) > ENTITY_LIMIT:
        return f"{entities(html)} entities are meant, and Telegram reads {len(marked)}"
    covered = [(row[1], row[1] + row[2]) for row in marked if row[0] in _LINKED]
    for kind, begin, length, _ in telegrams["found"]:
        inside = any(start < begin + length and begin < end for start, end in covered)
        if kind != "time" and not inside:
            return f"Telegram finds a {kind} by itself: {_part(telegrams['text'], begin, length)!a}"
    kept = stored(*markup.parse(html))[1]
    return "" if len(kept) == len(marked) else f"{len(marked) - len(kept)} entities are lost where it is cleaned"


def _part(text: str, offset: int, length: int) -> str:
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def own_messages(dice: random.Random) -> Iterator[str]:
    """Return messages of the bot on hostile items: alerts, several in one, notices, answers."""
    for number in count():
        alerts = [_alert(dice, f"abc{number % 1000:03}") for _ in range(dice.choice((1, 1, 1, 2, 9)))]
        fit = fitting(alerts)
        yield together(alerts[:fit]).html if fit > 1 else alerts[0].html
        if number % 4 == 0:
            text = f"{_words(dice, 8)} has moved to https://www.example.com/{number}, and is asked there."
            yield compose_notice(Notice(key="n", feed="f", text=text), delivery="abc234").html
            paragraphs = [matches_in_short(_matched(dice), ("w0", "w1"), NOW) for _ in range(5)]
            yield from pages(paragraphs)
            yield from pages(_shown(_offer(dice), NOW).paragraphs)


def mutations(dice: random.Random) -> Iterator[str]:
    """Return messages whose markup was changed in some places."""
    good = own_messages(dice)
    while True:
        html = list(next(good) if dice.random() < 0.3 else _markup(dice))
        for _ in range(dice.choice((0, 0, 1, 2, 5))):
            place = dice.randrange(len(html) + 1)
            match dice.randrange(4):
                case 0 | 1:
                    html.insert(place, dice.choice((*MARKS, *LINKS)))
                case 2 if place < len(html):
                    del html[place]
                case _:
                    html[place:place] = html[: dice.randrange(12)]
        yield "".join(html)


def _markup(dice: random.Random) -> str:
    """Write well-formed markup of all kinds, one in another."""
    inner = _words(dice, 6).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for _ in range(dice.randrange(1, 4)):
        tag = dice.choice(("b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler", "a"))
        given = f' href="{escape(dice.choice((*LINKS, *PIECES)))}"' if tag == "a" else ""
        inner = f"{dice.choice(('', 'x ', ' '))}<{tag}{given}>{inner}</{tag}>{dice.choice(('', ' y', ' '))}"
    return inner


def _alert(dice: random.Random, delivery: str) -> Message:
    return compose(_matched(dice), ("w0", "w1"), delivery=delivery, silent=False, now=NOW)


def _matched(dice: random.Random) -> MatchedItem:
    title = _words(dice, 12) if dice.random() < 0.95 else ""
    summary = _words(dice, dice.choice((0, 10, 150))) or "x"
    item = Item(
        keys=("k",),
        feed="f",
        source=_words(dice, 2),
        title=title,
        summary=summary,
        link=dice.choice(LINKS),
        published=dice.choice((None, NOW, NOW - 9_000.0, 1_583_020_800.0)),
    )
    matches = tuple(Match(watch=f"w{n}", title=_words(dice, 2), hits=_hits(dice, item)) for n in range(2))
    return MatchedItem(item=item, matches=matches)


def _hits(dice: random.Random, item: Item) -> tuple[Hit, ...]:
    hits = []
    for _ in range(dice.choice((1, 2, 2, 60))):
        field = dice.choice(("title", "summary"))
        words = list(re.finditer(r"\w+", getattr(item, field)))
        if words:
            word = dice.choice(words)
            hits.append(Hit(term="t", alternative="a", field=field, start=word.start(), end=word.end()))
    return tuple(hits)


def _offer(dice: random.Random) -> Offer:
    newest = tuple(Entry(link=dice.choice(LINKS), title=_words(dice, 5)) for _ in range(3))
    choices = [
        Choice(title=f"x {_words(dice, 4)}", url="https://www.example.com/feed", newest=newest) for _ in range(3)
    ]
    return Offer(id="0", chat=1, choices=tuple(choices), until=NOW)


def _words(dice: random.Random, most: int) -> str:
    """Write up to so many pieces in a row, some of them of random characters."""
    pieces = [dice.choice(PIECES) if dice.random() < 0.9 else _character(dice) for _ in range(dice.randrange(most + 1))]
    return dice.choice(("", " ", " ")).join(pieces).strip()


def _character(dice: random.Random) -> str:
    while True:
        char = chr(dice.choice((dice.randrange(32, 0x250), dice.randrange(0x3000), dice.randrange(0x1FFFF))))
        if unicodedata.category(char) not in {"Cn", "Cs", "Co", "Cc"}:  # Pythons differ in what is assigned
            return char


def _record(telegram: TDLib, dice: random.Random) -> int:
    lines = []
    for cases in (own_messages(dice), mutations(dice)):
        short = (html for html in cases if len(html) <= RECORDED_LENGTH)
        lines += [json.dumps([html, telegram.answer(html)]) for html in islice(short, RECORDED)]
    ANSWERS.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} answers written to {ANSWERS}")
    return 0


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--mutations", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    dice = random.Random(given.seed)  # noqa: S311  # chance, not secrecy
    telegram = TDLib()
    if given.record:
        return _record(telegram, dice)
    counts: Counter[str] = Counter()
    for kind, number, cases in (
        ("messages", given.messages, own_messages(dice)),
        ("mutations", given.mutations, mutations(dice)),
    ):
        for html in islice(cases, number):
            answer = telegram.answer(html)
            wrong = difference(answer, ours(html)) or (harm(html, answer) if kind == "messages" else "")
            counts[kind] += 1
            counts["refused"] += "refused" in answer
            counts["entities"] += len(answer.get("entities", ()))
            if wrong:
                counts["breaches"] += 1
                if counts["breaches"] <= 10:
                    print(f"{kind}: {html[:2_000]!a}\n  {wrong}")
    print(dict(counts))
    return 1 if counts["breaches"] else 0


if __name__ == "__main__":
    sys.exit(main())
