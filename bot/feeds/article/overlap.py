"""How much of what one text speaks of another speaks of, too. Rough, and the same for all languages. Pure."""

import re

from bot.text.stopwords import STOP_WORDS

_WORD = re.compile(r"[^\W_]{3,40}|\d+")
_STEM = 5
"""Letters of a word that count: endings do not, in English or Russian."""
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
