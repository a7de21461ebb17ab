"""The keys under which a watch is filed: for each alternative the rarest one that it cannot match without.

A key is a lemma ("plane"), a designation ("s-400"), the number of one written with a space ("400 "), a prefix
("навальн*"), or one of these in a field that is no text ("source:reuters").
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from bot.watches.document import records
from bot.watches.reach import TEXT_FIELDS
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Term, Within

_UNCOMMON = 5.0  # less common than any listed word


class Anchor(NamedTuple):
    """Keys of which at least one stands in every item that matches, and how common they are taken together.

    The unit of `cost` is items of 10,000.
    """

    cost: float
    keys: tuple[str, ...]


def anchor(node: Node, field: str = "") -> Anchor:
    """Choose the keys of a node. `field` is the prefix of keys outside the text, "source:" for one."""
    match node:
        case Phrase():
            return min([_term_anchor(term, field) for term in node.terms])
        case Alias():
            return anchor(node.node, field)
        case Within():
            return anchor(node.node, "" if node.field in TEXT_FIELDS else f"{node.field}:")
        case Near():
            return min(anchor(node.left, field), anchor(node.right, field))
        case And():
            return min([anchor(part, field) for part in node.parts])
        case Or():
            found = [anchor(part, field) for part in node.alternatives]
            keys = dict.fromkeys(key for each in found for key in each.keys)
            return Anchor(sum(each.cost for each in found), tuple(keys))


def needs(node: Node) -> Iterator[str]:
    """Give the lemmas without all of which in its text an item cannot match. Cheap to ask, and most candidates fail."""
    match node:
        case Phrase():
            yield from (term.key for term in node.terms if term.kind == "word")
        case Alias():
            yield from needs(node.node)
        case Within() if node.field in TEXT_FIELDS:
            yield from needs(node.node)
        case Near():
            yield from needs(node.left)
            yield from needs(node.right)
        case And():
            for part in node.parts:
                yield from needs(part)
        case _:
            return


def chunk_keys(chunk: str) -> Collection[str]:
    """Give the keys that a chunk of text has, but for prefixes."""
    found = records(chunk)
    if len(found) == 1 and found[0].form.isalpha():  # nine of ten
        return (found[0].key,)
    keys = {word.key for word in found}
    keys.update(word.designation for word in found if word.designation)
    if found and not found[0].start and found[0].form.isdecimal():
        keys.add(f"{found[0].form} ")
    return keys


def _term_anchor(term: Term, field: str) -> Anchor:
    match term.kind:
        case "designation":
            number = term.key.rpartition("-")[2]
            return Anchor(_UNCOMMON / 2, (field + term.key, f"{field}{number} "))
        case "prefix":
            return Anchor(_UNCOMMON * 20 / len(term.key), (f"{field}{term.key}*",))
        case "word":
            return Anchor(_common().get(term.key) or _rarity(term.key), (field + term.key,))


def _rarity(key: str) -> float:
    """Guess how common a word is that is not listed. The longer is rarer; one letter is common in any language."""
    return _UNCOMMON / len(key) if len(key) > 1 else 1_000


@cache
def _common() -> Mapping[str, float]:
    """Read how common words are."""
    rows = (files("bot.watches") / "common_words.tsv").read_text(encoding="utf-8").splitlines()
    columns = (row.split("\t") for row in rows if not row.startswith("#"))
    return {word: float(items) for word, items in columns}
