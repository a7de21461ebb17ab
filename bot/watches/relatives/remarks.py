"""What is remarkable of what a watch finds in a corpus: words that mostly stand apart, and that it finds too much."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.errors import QueryError
from bot.model import Item, Scope
from bot.text.counted import counted
from bot.watches.corpus import Corpus
from bot.watches.operators.all_of import And
from bot.watches.operators.any_of import Or, any_of
from bot.watches.operators.phrase import Phrase
from bot.watches.parser import parse
from bot.watches.relatives.candidates import as_term, node_of, terms
from bot.watches.relatives.senses import senses
from bot.watches.tree import Node, Query

RemarkKind = Literal["apart", "broad", "senses"]

MOST_PHRASES = 10  # of one watch that are looked at
_LONGEST_PHRASE = 4  # words of one that may mean its words apart
_TIMES_APART = 1  # time as many items with the words apart as side by side
_FEWEST_APART = 3  # items
_FEWEST_NAMED = 5  # items
_FEW = 0.1  # of the items with a word, those that have it in the other sense
_REFUSED = 2  # words of a matter that tell it from the other
_BROAD = 0.25  # of all items
_FEWEST_ITEMS = 200  # that a share of them is told of
_QUOTES = '"“”„‟«»＂〝〞'


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to know of a watch before it is kept.

    `said` is a sentence without a suggestion, `query` the watch as it may be meant, empty if nothing is proposed.
    `examples` are items of each of the matters that `said` tells apart, in its order.
    """

    kind: RemarkKind
    said: str
    query: str = ""
    examples: tuple[tuple[Item, ...], ...] = ()


def words_apart(
    query: Query, corpus: Corpus, aliases: Mapping[str, str] | None = None, scope: Scope = "all"
) -> Iterator[Remark]:
    """Yield a remark for each phrase of bare words that stand in the same items, but far more seldom side by side."""
    phrases = [each for each in dict.fromkeys(terms(query.node)) if isinstance(each, Phrase)]
    for phrase in [each for each in phrases if _is_bare(each, query.text)][:MOST_PHRASES]:
        beside, both = corpus.count(phrase, scope), _apart(phrase, corpus, aliases, scope)
        if both is None:
            continue
        together = corpus.count(both, scope)
        if together - beside < max(_FEWEST_APART, _TIMES_APART * beside):
            continue
        said = (
            f"“{phrase.text}” stands side by side in {counted(beside, 'item')}; all of its words stand in {together:,}."
        )
        yield Remark(kind="apart", said=said, query=_mended(query.node.swapped(phrase, both), aliases))


def two_matters(
    query: Query, corpus: Corpus, aliases: Mapping[str, str] | None = None, scope: Scope = "all"
) -> Iterator[Remark]:
    """Yield a remark for each term whose hits keep clearly different company; of other watches, for all of it."""
    parts = query.node.alternatives if isinstance(query.node, Or) else (query.node,)
    for part in parts[:MOST_PHRASES]:
        told = senses(part, corpus, scope)
        if told is None:
            continue
        more, less = told
        said = (
            f"{part.render()}: {more.share:.0%} of what it finds stands with {_listed(more.words)}, "
            f"{less.share:.0%} with {_listed(less.words)}."
        )
        refused = tuple(node for word in less.words[:_REFUSED] if (node := node_of(word, aliases)) is not None)
        without = And((part,), (any_of(refused),)) if refused else part
        if isinstance(part, And):
            without = And(part.parts, (*part.refused, *without.refused)) if isinstance(without, And) else part
        mended = "" if without == part else _mended(query.node.swapped(part, without), aliases)
        yield Remark(kind="senses", said=said, query=mended, examples=(more.examples, less.examples))


def small_letters(
    query: Query, corpus: Corpus, aliases: Mapping[str, str] | None = None, scope: Scope = "all"
) -> Iterator[Remark]:
    """Yield a remark for each term in small letters that many items have as a name: apple, and Apple."""
    for term in list(dict.fromkeys(terms(query.node)))[:MOST_PHRASES]:
        if not isinstance(term, Phrase) or term.exact or not (term.text.islower() and term.text.isalpha()):
            continue
        name = node_of(term.text.capitalize(), aliases)
        if not isinstance(name, Phrase) or name.terms == term.terms:
            continue
        found, named = corpus.count(term, scope), corpus.count(name, scope)
        if min(named, found - named) < max(_FEWEST_NAMED, _FEW * found):
            continue
        said = f"Of {counted(found, 'item')} with {term.text}, {named:,} have it as a name: {name.text}."
        yield Remark(kind="senses", said=said, query=_mended(query.node.swapped(term, name), aliases))


def too_broad(found: int, size: int) -> Iterator[Remark]:
    """Yield a remark if a watch finds more than a quarter of all items."""
    if size >= _FEWEST_ITEMS and found > _BROAD * size:
        yield Remark(kind="broad", said=f"This finds {found:,} of {size:,} items; say more of what you look for.")


def _is_bare(phrase: Phrase, query: str) -> bool:
    """Return whether a phrase is of several words without quotes."""
    if phrase.exact or phrase.gap or not 1 < len(phrase.text.split()) <= _LONGEST_PHRASE or "*" in phrase.text:
        return False
    typed = r"\s+".join(map(re.escape, phrase.text.split()))
    return re.search(rf"[{_QUOTES}]\s*{typed}\s*[{_QUOTES}]", query) is None


def _apart(phrase: Phrase, corpus: Corpus, aliases: Mapping[str, str] | None, scope: Scope) -> And | None:
    """Return the words of a phrase with AND, those together that mostly stand so: "Hong Kong" AND protests.

    None if the words say nothing by themselves, or all of them stand together.
    """
    typed = phrase.text.split()
    if len(phrase.terms) < 2:
        return None
    groups = [typed[:1]]
    for word in typed[1:]:
        if _stand_together(groups[-1][-1], word, corpus, aliases, scope):
            groups[-1].append(word)
        else:
            groups.append([word])
    nodes = [node_of(as_term(" ".join(group)), aliases) for group in groups]
    parts = tuple(node for node in nodes if isinstance(node, Phrase))
    return And(parts) if 1 < len(parts) == len(nodes) else None


def _stand_together(first: str, second: str, corpus: Corpus, aliases: Mapping[str, str] | None, scope: Scope) -> bool:
    """Return whether of the items with both words a good part has them side by side."""
    left, right, phrase = (node_of(text, aliases) for text in (first, second, f'"{first} {second}"'))
    if left is None or right is None or phrase is None:
        return True
    return corpus.count(phrase, scope) * (_TIMES_APART + 1) > corpus.count(And((left, right)), scope)


def _listed(words: tuple[str, ...]) -> str:
    return " and ".join(", ".join(words).rsplit(", ", 1))


def _mended(node: Node, aliases: Mapping[str, str] | None) -> str:
    """Return a node as text if that can be read, else nothing: NEAR takes no AND."""
    try:
        return parse(node.render(), aliases).text
    except QueryError:
        return ""
