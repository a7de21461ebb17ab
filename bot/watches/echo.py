"""What a watch would do, told when it is added: the reading in plain words, a rehearsal, and something wider to try."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.errors import QueryError
from bot.model import Item, MatchedItem, Watch
from bot.watches.index import Index
from bot.watches.language import parse
from bot.watches.reach import TEXT_FIELDS
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Query, Within, any_of, render

EXAMPLES = 3
_ALIAS_WORDS = 4  # of what an alias stands for, as many are told
_LONGER = 10  # words, where a query allowed fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a watch would have done: how often of how many items, examples, and a wider query that would have fired.

    `wider` is empty if the watch fired itself or nothing wider did; `wider_count` is how often that one would.
    """

    fired: int
    items: int
    examples: tuple[MatchedItem, ...]
    wider: str = ""
    wider_count: int = 0


def reading(query: Query) -> str:
    """Say in plain words what a watch looks for."""
    return _told(query.node)


def rehearse(watch: Watch, items: Iterable[Item], aliases: Mapping[str, str] | None = None) -> Rehearsal:
    """Try a watch on items, the newest first, as it will be tried on those to come. Raises QueryError."""
    query = parse(watch.query, aliases)
    names: dict[str, str] = {}
    index = Index()
    index.add(replace(watch, name=""), aliases)
    for number, text in enumerate(wider(query)):
        try:
            index.add(replace(watch, name=f"{number}", query=text), aliases)
        except QueryError:  # wider in words can be longer than a query may be
            continue
        names[f"{number}"] = text
    seen = 0
    fired = dict.fromkeys(["", *names], 0)
    examples: list[MatchedItem] = []
    for item in items:
        seen += 1
        for match in index.match(item):
            fired[match.watch] += 1
            if not match.watch and len(examples) < EXAMPLES:
                examples.append(MatchedItem(item=item, matches=(match._replace(watch=watch.name),)))
    count = fired.pop("")
    best = next((name for name in names if fired[name]), "") if not count else ""
    return Rehearsal(
        fired=count,
        items=seen,
        examples=tuple(examples),
        wider=names.get(best, ""),
        wider_count=fired.get(best, 0),
    )


def wider(query: Query) -> Iterator[str]:
    """Give queries that meet all that a query meets and more, the least wide first."""
    told = {render(query.node)}
    node = query.node
    for step in _STEPS:
        node = _mapped(node, step)
        text = render(node)
        if text not in told:
            told.add(text)
            yield text


def _mapped(node: Node, step: Callable[[Node], Node]) -> Node:
    """Apply a step to the nodes of a tree, from the leaves up; aliases and what is refused stay as they are."""
    match node:
        case Within():
            node = Within(node.field, _mapped(node.node, step))
        case Near():
            node = Near(_mapped(node.left, step), _mapped(node.right, step), node.distance)
        case And():
            node = And(tuple(_mapped(part, step) for part in node.parts), node.refused)
        case Or():
            node = Or(tuple(_mapped(part, step) for part in node.alternatives))
        case _:
            pass
    return step(node)


def _loose_spelling(node: Node) -> Node:
    return replace(node, exact=False) if isinstance(node, Phrase) else node


def _any_field(node: Node) -> Node:
    return node.node if isinstance(node, Within) and node.field in TEXT_FIELDS else node


def _longer(node: Node) -> Node:
    if isinstance(node, Near):
        return replace(node, distance=max(node.distance, _LONGER))
    return replace(node, gap=max(node.gap, _LONGER)) if isinstance(node, Phrase) and len(node.terms) > 1 else node


def _without_not(node: Node) -> Node:
    if not isinstance(node, And):
        return node
    return And(node.parts) if len(node.parts) > 1 else node.parts[0]


def _near_as_and(node: Node) -> Node:
    return And((node.left, node.right)) if isinstance(node, Near) else node


def _any_part(node: Node) -> Node:
    return any_of(node.parts) if isinstance(node, And) else node


_STEPS = (_loose_spelling, _any_field, _longer, _without_not, _near_as_and, _any_part)


def _told(node: Node) -> str:
    match node:
        case Phrase():
            return _told_phrase(node)
        case Alias():
            return f"any of @{node.name}{_some_of(node)}"
        case Within():
            return f"in the {node.field} {_told(node.node)}"
        case Near():
            apart = "side by side" if node.distance == 1 else f"at most {node.distance} words apart"
            return f"{_told(node.left)} and {_told(node.right)}, {apart} in either order"
        case Or():
            return "either " + " or ".join(_told(part) for part in node.alternatives)
        case And():
            wanted = " together with ".join(_told(part) for part in node.parts)
            refused = "".join(f", but nowhere {_told(part)}" for part in node.refused)
            return wanted + refused


def _told_phrase(phrase: Phrase) -> str:
    kinds = {term.kind for term in phrase.terms}
    said = f"“{phrase.text.removesuffix('*')}”"
    if "prefix" in kinds:
        said = f"words that begin with {said}" if len(phrase.terms) == 1 else f"{said} and any ending"
    if phrase.exact:
        return f"{said} in just this spelling"
    if phrase.gap:
        return f"{said} in this order with up to {phrase.gap} words in between"
    if kinds == {"designation"}:
        return f"{said} in any spelling"
    return said if "prefix" in kinds else f"{said} in any form"


def _some_of(alias: Alias) -> str:
    """Name the first alternatives of an alias."""
    alternatives = alias.node.alternatives if isinstance(alias.node, Or) else (alias.node,)
    named = [render(part) for part in alternatives[:_ALIAS_WORDS]]
    more = len(alternatives) - len(named)
    return f" ({', '.join(named)}{f' and {more} more' if more > 0 else ''})"
