"""How much of what one text speaks of another speaks of, too. Rough, and the same for all languages. Pure."""

import re

from bot.text.stopwords import STOP_WORDS

_WORD = re.compile(r"[^\W_]{3,40}|\d+")
_STEM = 5
"""Letters of a word that count: endings do not, in English or Russian."""
ELSEWHERE = 0.2
"""A page that has less of the content words of an item shows something else."""
MOST = 100_000
"""Characters of a text that are looked at."""


def content_words(text: str) -> frozenset[str]:
    """Return the beginnings of a text's words that say something."""
    words = (word.casefold() for word in _WORD.findall(text[:MOST]))
    return frozenset(word[:_STEM] for word in words if word not in STOP_WORDS)


def share(wanted: str, text: str) -> float:
    """Return which part of the content words of one text another has; 1 if it has none."""
    words = content_words(wanted)
    return len(words & content_words(text)) / len(words) if words else 1.0


def shows_something_else(title: str, summary: str, shown: str) -> bool:
    """Return whether a page's text has hardly any word of the item whose page it is. Of three words none is enough."""
    if len(content_words(f"{title} {summary}")) < 3:
        return False
    return share(title, shown) < ELSEWHERE and share(f"{title} {summary}", shown) < ELSEWHERE
