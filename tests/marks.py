"""Whether what a watch marks in an item is a form that the watch may find."""

import re
from collections.abc import Iterator

from bot.model import Hit, Item
from bot.watches.match.tokenized import TokenizedItem, field_text
from bot.watches.tree import Node

_LETTERS_OF_A_DESIGNATION = re.compile(r"\d[^\W\d_]{1,3}\d?")


def false_mark(node: Node, item: Item, hit: Hit) -> str:
    """Say what is wrong with a mark; empty if nothing is.

    A mark begins and ends with whole words: behind the number of a designation letters may follow (Su-24M). And one of
    the terms of the watch finds the marked text by itself, from its first letter to its last; of a designation that
    needs the words around it (C-400 beside Cyrillic, "S-300s and -400s") the number must be the one asked for.
    """
    text = field_text(item, hit.field)
    marked, before, behind = text[hit.start : hit.end], text[: hit.start][-1:], text[hit.end :]
    if not marked or marked != marked.strip():
        return f"{marked!r} is no word"
    if before.isalnum() and marked[0].isalnum():
        return f"{marked!r} begins within a word"
    inside = behind[:1].isalnum() and marked[-1].isalnum()
    if inside and not _LETTERS_OF_A_DESIGNATION.match(marked[-1] + behind[:4]):
        return f"{marked!r} ends within a word"
    if any(_found_whole(leaf, hit, marked) for leaf in _leaves(node)):
        return ""
    return f"{marked!r} is no form of {hit.alternative!r}"


def _found_whole(leaf: Node, hit: Hit, marked: str) -> bool:
    """Return whether a term finds a text by itself, whole; of a designation its number is enough."""
    number = re.search(r"\d+", leaf.render())
    if number and hit.alternative in leaf.render() and number[0] in re.findall(r"\d+", marked):
        return True
    alone = Item(keys=("k",), feed="f", source="s", title=marked)
    tokenized = TokenizedItem(alone)
    return any(
        (span.hits[0].start, span.hits[-1].end) == (0, len(marked)) for span in leaf.find(tokenized, tokenized.anywhere)
    )


def _leaves(node: Node) -> Iterator[Node]:
    """Yield the terms of a watch."""
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)
