"""Writes an alert: headline as link, the publisher's sentence, the article's that hit, source, why, a short id. Pure.

Alerts that have to wait for one chat go together in one message.

Telegram's HTML mode (Bot API, "HTML style") is written here and nowhere else: texts are shortened first and
marked up after, so that no tag and no entity is ever cut.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from html import unescape

from bot.delivery.quotes import QUOTES, Body, Quote, terms_shown
from bot.messages import en
from bot.model import Hit, Item, Match, MatchedItem, Message, Notice
from bot.text.age import age
from bot.text.harmless import breaks, code, escape, harmless, literal, settled
from bot.text.links import spelled_out, web_link

HEADLINE_LIMIT, SENTENCE_LIMIT, WORDS_LIMIT = 300, 700, 200
"""UTF-16 units of the headline, of the publisher's sentence, and of the words shown for one watch. With at most
`WATCHES_SHOWN` watches an alert stays under the 4096 units that a message may have."""
WATCHES_SHOWN = 6
QUOTE_UNITS = 300
"""UTF-16 units of a sentence of the article: more than its characters only if it has many beyond the basic plane."""
HEADLINE_BOLDS, SENTENCE_BOLDS, QUOTE_BOLDS, WORDS_BOLDS = 16, 24, 4, 8
"""Words that are marked in the headline, in a sentence, in a quote, and for one watch before they are marked as one."""
ENTITY_LIMIT = 100
"""Links, bold words and the like that Telegram keeps in one message; it drops those behind them without a word."""
PLAIN_LIMIT = 4000
TEXT_LIMIT, MARKUP_LIMIT = 4000, 30_000
"""UTF-16 units that several alerts in one message may have as they are read, and bytes as they are sent. Telegram's
limits are 4096 and 32,768."""
DIVIDER = "\n\n· · ·\n\n"
"""Between two alerts in one message."""
_TAG = re.compile(r"<[^>]*>")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
LATE = _HOUR
"""Seconds between publication and alert from which on the alert says so."""
_SOURCE_LIMIT, _ADDRESS_LIMIT = 100, 300
_ADDRESS = re.compile(r"https?://[^\s\\@]+", re.IGNORECASE)
_ADDRESS_IN_TEXT = re.compile(r"(https?://[^\s<>()]*[^\s<>().,:;!?])", re.IGNORECASE)
_BREAK_WITHIN = 20  # characters that a shortened text may lose to end at a word


def compose(matched: MatchedItem, watches: Iterable[str], *, delivery: str, silent: bool, now: float) -> Message:
    """Write the alert on an item for a chat with these watches. `delivery` is the short id.

    Of the article up to two sentences are quoted: those that hold what these watches found and nothing above shows.
    """
    names = frozenset(watches)
    matches = [match for match in matched.matches if match.watch in names]
    hits = [hit for match in matches for hit in match.hits]
    item = matched.item
    more = item.summary if item.title and item.summary != item.title else ""  # else it is the headline already
    paragraphs = [
        headline(item, hits) if item.title else _linked(item, hits, "summary", SENTENCE_LIMIT),
        _marked(more, _spans(hits, "summary"), SENTENCE_LIMIT, SENTENCE_BOLDS),
        "\n".join(_quoted(item, hits)),
        "\n".join([_source(item, _lateness(item, now)), *why_lines(item, matches), f"<code>{delivery}</code>"]),
    ]
    link = web_link(item.link)
    plain = [
        "\n".join(filter(None, [_said(item.title or item.summary), link.address if link else _said(item.link)])),
        "\n".join([*(_plain_why(item, match) for match in matches), delivery]),
    ]
    return Message(
        html="\n\n".join(filter(None, paragraphs)), plain=_shortened("\n\n".join(plain), PLAIN_LIMIT), silent=silent
    )


def compose_notice(notice: Notice, *, delivery: str) -> Message:
    """Write what is said of a feed itself. `delivery` is the short id."""
    text = _shortened(notice.text, SENTENCE_LIMIT * 2)
    if notice.more:  # all of it is the bot's own words, and the command in it is meant
        html = f"{literal(text, quote=False)}\n<code>{delivery}</code>"
        return Message(html=html, plain=f"{text}\n{delivery}", silent=True)
    pieces = _ADDRESS_IN_TEXT.split(text)  # every second one is an address, to be copied
    html = "".join(address_html(piece) if number % 2 else escape(piece) for number, piece in enumerate(pieces))
    return Message(html=f"{html}\n<code>{delivery}</code>", plain=f"{_said(text)}\n{delivery}", silent=True)


def address_html(address: str) -> str:
    """Write an address as text that can be copied and is not a link. HTML."""
    return code(spelled_out(address))


def entities(html: str) -> int:
    """Count the links, bold words and the like in a message's HTML. Telegram finds no further ones in it."""
    return html.count("</")


def fitting(messages: Iterable[Message]) -> int:
    """Return how many alerts, from the first on, fit whole into one message; at least one."""
    text, markup, marks = units(_title(1000)), 0, 1
    count = 0
    for count, message in enumerate(messages):  # what is asked for is where it ends
        text += units(unescape(_TAG.sub("", message.html))) + units(DIVIDER)
        markup += len(message.html.encode()) + len(DIVIDER.encode())
        marks += entities(message.html)
        if text > TEXT_LIMIT or markup > MARKUP_LIMIT or marks > ENTITY_LIMIT:
            return max(count, 1)
    return count + 1


def together(messages: Sequence[Message]) -> Message:
    """Put several alerts into one message, each whole, with its own id. It rings if any of them would."""
    plain = DIVIDER.join(message.plain for message in messages)
    return Message(
        html=f"<b>{_title(len(messages))}</b>\n\n" + DIVIDER.join(message.html for message in messages),
        plain=_shortened(plain, PLAIN_LIMIT),
        silent=all(message.silent for message in messages),
    )


def told_in(text: str) -> list[str]:
    """Return the alerts of a message by themselves, from its text as it is read."""
    first, *others = text.split(DIVIDER)
    title, _, rest = first.partition("\n\n")
    return [rest if others and title == _title(len(others) + 1) else first, *others]


def _title(count: int) -> str:
    return f"{count} alerts"


def headline(item: Item, hits: Sequence[Hit] = ()) -> str:
    """Return the headline as a link, the words that hit in bold. HTML."""
    return _linked(item, hits, "title" if item.title else "summary", HEADLINE_LIMIT)


def _linked(item: Item, hits: Sequence[Hit], field: str, limit: int) -> str:
    marked = _marked(getattr(item, field), _spans(hits, field), limit, HEADLINE_BOLDS) or escape(item.link)
    link = web_link(item.link)
    return f'<a href="{literal(link.address)}">{marked}</a>' if link else marked


def source_line(item: Item, now: float) -> str:
    """Return source, age, and the host that the link leads to, or the address if Telegram would not link it. HTML."""
    return _source(item, age(item.published, now))


def _source(item: Item, when: str) -> str:
    link = web_link(item.link)
    host = link.host.removeprefix("www.") if link else ""
    line = escape(_shortened(item.source, _SOURCE_LIMIT)) + (f" ({escape(host)})" if host else "")
    line += f" · {when}" if when else ""
    copied = not link and _ADDRESS.fullmatch(item.link) and units(item.link) <= _ADDRESS_LIMIT
    return f"{line}\n{address_html(item.link)}" if copied else line


def _lateness(item: Item, now: float) -> str:
    """Return when an item that comes late was published, in words that stay true; empty if it is not late."""
    if item.published is None or now - item.published < LATE:
        return ""
    said = age(item.published, now)
    if said.endswith(" ago"):
        return en.PUBLISHED_EARLIER.format(age=said.removesuffix(" ago"))
    return en.PUBLISHED.format(when=said)


def _quoted(item: Item, hits: Sequence[Hit]) -> Iterator[str]:
    """Give the sentences of the article to be shown, each with the number of its paragraph. HTML."""
    above = terms_shown(hits, title=HEADLINE_LIMIT - _BREAK_WITHIN, summary=SENTENCE_LIMIT - _BREAK_WITHIN)
    missing = {hit.term for hit in hits} - above
    for quote in Body(item).quotes(hits, missing, QUOTES) if item.body and missing else ():
        text = quote.text(item.body)
        marked = _marked(text, list(_marks(quote, hits, missing)), QUOTE_UNITS, QUOTE_BOLDS)
        yield en.PARAGRAPH.format(number=quote.line.number, text=marked)


def _marks(quote: Quote, hits: Sequence[Hit], missing: Container[str]) -> Iterator[tuple[int, int]]:
    """Give the places to be marked in a quote: each term that is shown nowhere else, then others if there is room."""
    places = quote.places(hits)
    firsts: dict[str, Hit] = {}
    for hit in places:
        firsts.setdefault(hit.term, hit)
    wanted = [hit for term, hit in firsts.items() if term in missing]
    for hit in [*wanted, *(hit for hit in places if hit not in wanted)][:QUOTE_BOLDS]:
        yield hit.start, hit.end


def found_words(item: Item, match: Match) -> tuple[str, ...]:
    """Return the words of the item that a watch hit, as they stand there, each once; neighbours stay together."""
    words: dict[str, str] = {}
    for field in dict.fromkeys(hit.field for hit in match.hits):
        text = item.link if field == "url" else getattr(item, field)
        for start, end in _merged(_spans(match.hits, field), text):
            words.setdefault(text[start:end].casefold(), text[start:end])
    return tuple(words.values())


def why_lines(item: Item, matches: Sequence[Match]) -> list[str]:
    """Return a line for each watch: its title, and in bold the words that it found. HTML."""
    lines = []
    for match in matches[:WATCHES_SHOWN]:
        words = [escape(word) for word in _within(found_words(item, match), WORDS_LIMIT)]
        bold = [f"<b>{word}</b>" for word in words] if len(words) <= WORDS_BOLDS else [f"<b>{', '.join(words)}</b>"]
        lines.append(f"{escape(_shortened(match.title, 80))}{_mention(item, match)}: {', '.join(bold)}")
    if len(matches) > WATCHES_SHOWN:
        lines.append(en.MORE_WATCHLISTS.format(number=len(matches) - WATCHES_SHOWN))
    return lines


def _plain_why(item: Item, match: Match) -> str:
    words = ", ".join(_within(found_words(item, match), WORDS_LIMIT))
    return _said(f"{match.title}{_mention(item, match)}: {words}")


def _mention(item: Item, match: Match) -> str:
    """Return what is said of a match that title and summary alone do not give: the paragraph where it begins."""
    if match.tier == "about":
        return ""
    body = Body(item)
    lines = [body.line_of(hit) for hit in match.hits if hit.field == "body"] if item.body else []
    line = next((line for line in lines if line.aside == (match.tier == "aside")), None)
    return en.MENTIONED_IN.format(number=line.number) if line else en.MENTIONED


def _said(words: str) -> str:
    return harmless(settled(words))


def _within(words: Sequence[str], limit: int) -> list[str]:
    """Keep as many words as fit into `limit` units, at least one, itself shortened if need be."""
    kept: list[str] = []
    for word in words:
        if kept and sum(units(other) + 2 for other in kept) + units(word) > limit:
            return [*kept, "…"]
        kept.append(_shortened(word, limit))
    return kept


def _marked(text: str, spans: Sequence[tuple[int, int]], limit: int, bolds: int) -> str:
    """Write a text of at most `limit` units, with at most `bolds` of its spans in bold. HTML."""
    shown = settled(text)
    if shown != text:  # an offset in the text is the length of what stands before it
        spans = [(len(settled(text[:start])), len(settled(text[:end]))) for start, end in spans[: bolds * 4]]
    cut = _shortened(shown, limit)
    while (over := units(harmless(cut)) - limit) > 0:
        cut = _shortened(shown, units(cut) - over)
    joiners, said = breaks(cut), harmless(cut)
    parts, at = [], 0
    for start, end in _merged(spans, cut)[:bolds]:
        start, end = start + bisect_right(joiners, start), end + bisect_left(joiners, end)  # noqa: PLW2901  # with joiners
        parts += [literal(said[at:start], quote=False), f"<b>{literal(said[start:end], quote=False)}</b>"]
        at = end
    return "".join([*parts, literal(said[at:], quote=False)])


def _spans(hits: Iterable[Hit], field: str) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in hits if hit.field == field and hit.end > hit.start]


def _merged(spans: Iterable[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Sort spans, join those that overlap or have only blank space between, and cut them to the text."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        end = min(end, len(text))  # noqa: PLW2901  # the cut end is the only one of use below
        if start >= end:
            continue
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _shortened(text: str, limit: int) -> str:
    """Cut a text to at most `limit` UTF-16 units, at a word where one ends near, and say so with an ellipsis."""
    if units(text) <= limit:
        return text
    cut = text[: limit - 1]
    while units(cut) >= limit:
        cut = cut[: len(cut) - (units(cut) - limit + 2) // 2]
    at_word = cut.rfind(" ", len(cut) - _BREAK_WITHIN)
    return (cut[:at_word] if at_word > 0 else cut).rstrip() + "…"


def units(text: str) -> int:
    """Count UTF-16 units, which is what Telegram counts: a character outside the basic plane is two."""
    return len(text) + sum(char > "\uffff" for char in text)
