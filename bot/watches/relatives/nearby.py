"""Bare words that stand near each other in one sentence as well as side by side: oil price, and the price of oil."""

from collections.abc import Iterator, Mapping

from bot.errors import QueryError
from bot.model import Scope
from bot.text.counted import counted
from bot.watches.corpus import Corpus
from bot.watches.operators.all_of import And
from bot.watches.operators.near import Near
from bot.watches.operators.phrase import Phrase
from bot.watches.parser import parse
from bot.watches.relatives.candidates import node_of, terms
from bot.watches.relatives.remarks import MOST_PHRASES, Remark, is_bare
from bot.watches.tree import Query

NEARBY = 8
"""Words apart: within a clause, in any order."""

_FEWEST = 3  # items more
_SHARE = 0.2  # of the items with the words side by side; fewer more are not worth a line


def words_near(
    query: Query, corpus: Corpus, aliases: Mapping[str, str] | None = None, scope: Scope = "anywhere"
) -> Iterator[Remark]:
    """Yield a remark for each phrase of two bare words that are near each other in many items more."""
    phrases = [each for each in dict.fromkeys(terms(query.node)) if isinstance(each, Phrase)]
    for phrase in [each for each in phrases if is_bare(each, query.text)][:MOST_PHRASES]:
        typed = phrase.text.split()
        left, right = (node_of(typed[0], aliases), node_of(typed[-1], aliases)) if len(typed) == 2 else (None, None)
        if not (isinstance(left, Phrase) and isinstance(right, Phrase)) or left == right:
            continue
        near = Near(left, right, NEARBY)
        beside, more = corpus.count(phrase, scope), corpus.count(And((near,), (phrase,)), scope)
        if more < max(_FEWEST, _SHARE * beside):
            continue
        try:
            text = parse(query.node.swapped(phrase, near).render(), aliases).text
        except QueryError:  # a phrase beside NEAR may be no neighbour of another
            continue
        said = f"“{phrase.text}” stands side by side in {counted(beside, 'item')}, in {more:,} more its words are near."
        yield Remark(kind="near", said=said, query=text)
