"""Index keys: under which a watch is filed, and which a chunk of text has.

A key is a lemma ("plane"), a designation ("s-400"), the number of one written with a space ("400 "), a prefix
("навальн*"), or one of these in a field outside the text ("source:reuters").
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

from bot.text.tables import rows_of
from bot.text.tokens import drawn_alike
from bot.watches.match.tokenized import records

FORM, CHANGED = "form:", "changed:"
"""Begin two keys that items are filed under: a form that is not its lemma, and a lemma that its form does not begin
with. A prefix is compared with forms."""
Spellings = tuple[tuple[str, ...], ...]
"""The lemmas of each spelling of something: (("ceasefire",), ("cease", "fire"))."""

UNCOMMON = 5.0  # items of 10,000; any word that is not listed is less common


class IndexKeys(NamedTuple):
    """Keys of which every item that matches has at least one.

    `cost` is how many of 10,000 items have one. Of several a watch takes those that cost least.
    """

    cost: float
    keys: tuple[str, ...]


def word_cost(lemma: str) -> float:
    """Return in how many of 10,000 items a lemma stands.

    One that is not listed is guessed: the longer is rarer, and one letter is common in any language.
    """
    return _common().get(lemma) or (UNCOMMON / len(lemma) if len(lemma) > 1 else 1_000)


def chunk_keys(chunk: str) -> Collection[str]:
    """Return the keys that a chunk of text has, except prefixes."""
    found = records(chunk)
    if len(found) == 1 and found[0].form.isalpha():  # nine of ten
        return (found[0].key,)
    keys = {word.key for word in found}
    for word in found:
        if word.designation:
            keys.update((word.designation, drawn_alike(word.designation)))  # C-400 in a Russian text is С-400
    if found and found[0].start <= 1 and found[0].form.isdecimal():  # -400 as well, in "S-300s and -400s"
        keys.add(f"{found[0].form} ")
    return keys


@cache
def _common() -> Mapping[str, float]:
    """Read how common words are."""
    return {word: float(items) for word, items in rows_of("bot.watches.match", "common_words.tsv")}
