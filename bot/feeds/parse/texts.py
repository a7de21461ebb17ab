"""Which of an entry's texts is its summary, and which its article. Pure.

description, content, captions -> the publisher's own summary, and the article as paragraphs, where it is there

What is one long text is the article, and its first paragraph the summary. One that ends with "Continue reading" is an
excerpt, and stays the summary; and what says no more than the summary is no article: the page is still asked for.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.feeds.parse.values import MAX_SUMMARY, cut
from bot.model import Entry, Paragraph
from bot.text.paragraphs import MAX_BODY, body_of, is_beside, paragraphs_of
from bot.text.sentences import sentence_ends

SUMMARY, LONG, EXCERPT = 500, 1_000, 3_000
"""Characters of a summary that is made of an article, of one paragraph that is none any more, and of an excerpt."""
_SHORT = 80  # characters of a first paragraph that is a byline or a dateline, not yet a summary
_TAIL = 20  # characters at the end of an excerpt that may be half a word and dots
MAX_ARTICLES = 2 * 2**20
"""Characters of all articles of a feed that are kept."""
_PARAGRAPH = 80  # characters that weigh as much as what is known of a paragraph
_MORE = 100  # characters that an article has more than an excerpt of it
_MARKUP = 20  # how many characters of markup are read for each readable one that is kept
_CONTENTS = 10  # of an entry, that are looked at
_WORD = re.compile(r"\w+")
_GOES_ON = re.compile(
    r"(?:\b(?:continue|keep) reading\b[^.!?:]{0,60}"
    r"|\b(?:read (?:more|on|the (?:full|rest)(?: \w+){0,2})|full (?:story|article)|читать (?:далее|дальше)|подробнее)"
    r"|…|\.\.\.)[^\w:]*\Z",
    re.IGNORECASE,
)
"""How a text ends that goes on elsewhere."""

_Paragraphs = Sequence[tuple[str, bool]]


class Texts(NamedTuple):
    """The texts of an entry. `named_by` is the text that may name it, where that is not the summary."""

    summary: str = ""
    body: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    named_by: str = ""


def bounded(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give entries with articles as long as there is room for those of one feed; the others with their summaries alone.

    The newest stand first in a feed. One that carries more shows all that it ever had.
    """
    room = MAX_ARTICLES
    for entry in entries:
        room -= len(entry.body) + _PARAGRAPH * len(entry.paragraphs)
        yield entry if room >= 0 else replace(entry, body="", paragraphs=())


def texts_of(
    descriptions: Iterable[str], contents: Iterable[str], title: str, *, captions: Iterable[str] = ()
) -> Texts:
    """Return the texts of an entry from its marked-up ones, each kind in the order in which it is preferred."""
    articles = [content for content, _ in zip(contents, range(_CONTENTS), strict=False) if content]
    article = max(articles, key=len, default="")
    for markup in (*descriptions, *articles, *captions):
        paragraphs = _read(markup)
        text = cut(" ".join([text for text, _ in paragraphs]), MAX_SUMMARY)
        if not text or text == title:
            continue
        if markup in articles:
            return _of_one(paragraphs if markup == article else _read(article), title, text)
        if article and _says_more(whole := _read(article), text, title):
            return Texts(text, *body_of(whole))
        return _of_one(paragraphs, title, text)
    return Texts()


def _read(markup: str) -> _Paragraphs:
    return list(paragraphs_of(markup[: MAX_BODY * _MARKUP])) if markup else []


def _of_one(paragraphs: _Paragraphs, title: str, text: str) -> Texts:
    """Return the texts of an entry that has one: if it is long, it is the article."""
    matter = _matter(paragraphs, title)
    size = sum(map(len, matter))
    if size <= (LONG if len(matter) == 1 else SUMMARY) or (size <= EXCERPT and _GOES_ON.search(text[-_TAIL * 4 :])):
        return Texts(text)
    summary = _beginning(matter)
    return Texts(summary, *body_of(paragraphs), named_by=text if text != summary else "")


def _matter(paragraphs: _Paragraphs, title: str) -> list[str]:
    return [text for text, aside in paragraphs if not aside and text != title and not is_beside(text)]


def _says_more(paragraphs: _Paragraphs, summary: str, title: str) -> bool:
    """Return whether an article says more than a summary, which may be its beginning."""
    said, told = _words(" ".join(_matter(paragraphs, title))), _words(summary)
    if not said or said in told:
        return False
    if said.startswith(told[:-_TAIL]) or told in said:
        return len(said) > len(told) + _MORE
    return True


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _beginning(matter: Iterable[str]) -> str:
    """Return the first paragraph that says something, as many whole sentences of it as a summary may have."""
    text = ""
    for paragraph in matter:
        text = f"{text} {paragraph}".lstrip()
        if len(text) >= _SHORT:
            break
    if len(text) <= SUMMARY:
        return text
    end = max((end for end in sentence_ends(text[: SUMMARY + 2]) if _SHORT <= end <= SUMMARY), default=0)
    return text[:end] if end else f"{text[: text.rfind(' ', _SHORT, SUMMARY)]}…"
