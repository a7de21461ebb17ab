"""Whether what a watch marks in an item is a form that the watch may find."""

import re
from collections.abc import Iterator

from bot.model import Hit, Item
from bot.watches.match.tokenized import TokenizedItem, field_text
from bot.watches.tree import Node


def false_mark(node: Node, item: Item, hit: Hit) -> str:
    """Say what is wrong with a mark; empty if nothing is.

    A mark begins and ends with whole words, but that letters and a number are two of them (Su-24M, Win95). And one of
    the terms of the watch finds the marked text by itself, from its first letter to its last; of a designation that
    needs the words around it (C-400 beside Cyrillic, "S-300s and -400s") the number must be the one asked for.
    """
    text = field_text(item, hit.field)
    marked, before, behind = text[hit.start : hit.end], text[: hit.start][-1:], text[hit.end :]
    if not marked or marked != marked.strip():
        return f"{marked!r} is no word"
    if _is_one_word(before + marked[0]):
        return f"{marked!r} begins within a word"
    if _is_one_word(marked[-1] + behind[:1]):
        return f"{marked!r} ends within a word"
    if any(_found_whole(leaf, hit, marked) for leaf in _leaves(node)):
        return ""
    return f"{marked!r} is no form of {hit.alternative!r}"


def _is_one_word(letters: str) -> bool:
    """Return whether two letters stand in one word."""
    return len(letters) == 2 and letters.isalnum() and letters[0].isdigit() == letters[1].isdigit()


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
