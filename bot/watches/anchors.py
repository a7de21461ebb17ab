"""The keys under which a watch is filed: for each alternative the rarest one that it cannot match without.

A key is a lemma ("plane"), a designation ("s-400"), the number of one written with a space ("400 "), a prefix
("навальн*"), or one of these in a field that is no text ("source:reuters").
"""

from dataclasses import dataclass

from bot.text.lemmas import lemma
from bot.text.tokens import chunk_words
from bot.watches.reach import TEXT_FIELDS
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Term, Within


@dataclass(frozen=True, slots=True)
class Anchor:
    """Keys of which at least one stands in every item that matches, and how common they are taken together."""

    keys: frozenset[str]
    cost: float


def anchor(node: Node, field: str = "") -> Anchor:
    """Choose the keys of a node. `field` is the prefix of keys outside the text, "source:" for one."""
    match node:
        case Phrase():
            return min((_term_anchor(term, field) for term in node.terms), key=lambda found: found.cost)
        case Alias():
            return anchor(node.node, field)
        case Within():
            return anchor(node.node, "" if node.field in TEXT_FIELDS else f"{node.field}:")
        case Near():
            return min(anchor(node.left, field), anchor(node.right, field), key=lambda found: found.cost)
        case And():
            return min((anchor(part, field) for part in node.parts), key=lambda found: found.cost)
        case Or():
            found = [anchor(part, field) for part in node.alternatives]
            keys = frozenset().union(*(each.keys for each in found))
            return Anchor(keys, sum(each.cost for each in found))


def chunk_keys(chunk: str) -> frozenset[str]:
    """Give the keys that a chunk of text has, but for prefixes."""
    found = chunk_words(chunk)
    keys = {lemma(word.form) for word in found}
    keys.update(word.designation for word in found if word.designation)
    if found and not found[0].start and found[0].form.isdecimal():
        keys.add(f"{found[0].form} ")
    return frozenset(keys)


def _term_anchor(term: Term, field: str) -> Anchor:
    """Give the keys of one term. Rare are designations and long words."""
    match term.kind:
        case "designation":
            number = term.key.rpartition("-")[2]
            return Anchor(frozenset({field + term.key, f"{field}{number} "}), 2)
        case "prefix":
            return Anchor(frozenset({f"{field}{term.key}*"}), 5_000 / len(term.key) ** 2)
        case "word":
            key = lemma(term.key)
            return Anchor(frozenset({field + key}), 2_000 / max(1, len(key)) ** 2)
