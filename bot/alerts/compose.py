"""Writes an alert: headline as link, the publisher's sentence, source and age, why it came, a short id. Pure.

Alerts that have to wait for one chat go together in one message.

Telegram's HTML mode (Bot API, "HTML style") is written here and nowhere else: texts are shortened first and
marked up after, so that no tag and no entity is ever cut.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape, unescape
from urllib.parse import urlsplit

from bot.model import Hit, Item, Match, MatchedItem, Message, Notice

HEADLINE_LIMIT, SENTENCE_LIMIT, WORDS_LIMIT = 300, 700, 200
"""UTF-16 units of the headline, of the publisher's sentence, and of the words shown for one watch. With at most
`WATCHES_SHOWN` watches an alert stays under the 4096 units that a message may have."""
WATCHES_SHOWN = 6
PLAIN_LIMIT = 4000
TEXT_LIMIT, MARKUP_LIMIT = 4000, 30_000
"""UTF-16 units that several alerts in one message may have as they are read, and bytes as they are sent. Telegram's
limits are 4096 and 32,768."""
DIVIDER = "\n\n· · ·\n\n"
"""Between two alerts in one message."""
_TAG = re.compile(r"<[^>]*>")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_BREAK_WITHIN = 20  # characters that a shortened text may lose to end at a word


def compose(matched: MatchedItem, watches: Iterable[str], *, delivery: str, silent: bool, now: float) -> Message:
    """Write the alert on an item for a chat with these watches. `delivery` is the short id."""
    names = frozenset(watches)
    matches = [match for match in matched.matches if match.watch in names]
    hits = [hit for match in matches for hit in match.hits]
    item = matched.item
    paragraphs = [
        headline(item, hits),
        _marked(_shortened(item.summary, SENTENCE_LIMIT), _spans(hits, "summary")),
        "\n".join([source_line(item, now), *why_lines(item, matches), f"<code>{delivery}</code>"]),
    ]
    plain = [
        "\n".join(filter(None, [item.title or item.summary, item.link])),
        "\n".join([*(_plain_why(item, match) for match in matches), delivery]),
    ]
    return Message(
        html="\n\n".join(filter(None, paragraphs)), plain=_shortened("\n\n".join(plain), PLAIN_LIMIT), silent=silent
    )


def compose_notice(notice: Notice, *, delivery: str) -> Message:
    """Write what is said of a feed itself. `delivery` is the short id."""
    text = _shortened(notice.text, SENTENCE_LIMIT * 2)
    html = f"{escape(text, quote=False)}\n<code>{delivery}</code>"
    return Message(html=html, plain=f"{text}\n{delivery}", silent=True)


def fitting(messages: Iterable[Message]) -> int:
    """Tell how many alerts, from the first on, fit whole into one message; at least one."""
    text, markup = units(_title(1000)), 0
    count = 0
    for count, message in enumerate(messages):  # what is asked for is where it ends
        text += units(unescape(_TAG.sub("", message.html))) + units(DIVIDER)
        markup += len(message.html.encode()) + len(DIVIDER.encode())
        if text > TEXT_LIMIT or markup > MARKUP_LIMIT:
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
    """Give the alerts of a message by themselves, from its text as it is read."""
    first, *others = text.split(DIVIDER)
    title, _, rest = first.partition("\n\n")
    return [rest if others and title == _title(len(others) + 1) else first, *others]


def _title(count: int) -> str:
    return f"{count} alerts"


def headline(item: Item, hits: Sequence[Hit] = ()) -> str:
    """Give the headline as a link, the words that hit in bold. HTML."""
    title = item.title or item.summary
    spans = _spans(hits, "title" if item.title else "summary")
    marked = _marked(_shortened(title, HEADLINE_LIMIT), spans) or escape(item.link)
    return f'<a href="{escape(item.link)}">{marked}</a>' if _host(item.link) else marked


def source_line(item: Item, now: float) -> str:
    """Give source, the host that the link leads to, and age. HTML."""
    host = _host(item.link)
    return f"{escape(item.source)}{f' ({escape(host)})' if host else ''} · {age(item.published, now)}"


def age(published: float | None, now: float) -> str:
    """Say how old news is, as a person would: `just now`, `4 min ago`, `3 h ago`, then the date (UTC)."""
    if published is None:
        return "undated"
    seconds = now - published
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    return f"{datetime.fromtimestamp(published, UTC):%-d %B %Y}"


def found_words(item: Item, match: Match) -> tuple[str, ...]:
    """Give the words of the item that a watch hit, as they stand there, each once; neighbours stay together."""
    words: dict[str, str] = {}
    for field in dict.fromkeys(hit.field for hit in match.hits):
        text = item.link if field == "url" else getattr(item, field)
        for start, end in _merged(_spans(match.hits, field), text):
            words.setdefault(text[start:end].casefold(), text[start:end])
    return tuple(words.values())


def why_lines(item: Item, matches: Sequence[Match]) -> list[str]:
    """Give a line for each watch: its title, and in bold the words that it found. HTML."""
    lines = []
    for match in matches[:WATCHES_SHOWN]:
        words = ", ".join(f"<b>{escape(word)}</b>" for word in _within(found_words(item, match), WORDS_LIMIT))
        mention = " (a mention)" if match.tier == "mention" else ""
        lines.append(f"{escape(_shortened(match.title, 80))}{mention}: {words}")
    if len(matches) > WATCHES_SHOWN:
        lines.append(f"and {len(matches) - WATCHES_SHOWN} more of your watchlists")
    return lines


def _plain_why(item: Item, match: Match) -> str:
    return f"{match.title}: {', '.join(_within(found_words(item, match), WORDS_LIMIT))}"


def _within(words: Sequence[str], limit: int) -> list[str]:
    """Keep as many words as fit into `limit` units, at least one, itself shortened if need be."""
    kept: list[str] = []
    for word in words:
        if kept and sum(map(units, kept)) + units(word) > limit:
            return [*kept, "…"]
        kept.append(_shortened(word, limit))
    return kept


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Escape a text and set its spans in bold; what a span has beyond the text's end is left out."""
    parts, at = [], 0
    for start, end in _merged(spans, text):
        parts += [escape(text[at:start], quote=False), f"<b>{escape(text[start:end], quote=False)}</b>"]
        at = end
    return "".join([*parts, escape(text[at:], quote=False)])


def _spans(hits: Iterable[Hit], field: str) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in hits if hit.field == field]


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


def _host(link: str) -> str:
    """Give the host of a link that Telegram will accept, empty if it would not."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or any(c.isspace() for c in link):
        return ""
    return host.removeprefix("www.")
