"""Fields: which are looked at, in which a tree can be found; whether it has one place that NEAR can measure."""

from typing import NamedTuple, get_args

from bot.model import FieldName
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Within

FIELDS: tuple[FieldName, ...] = get_args(FieldName)
TEXT_FIELDS: tuple[FieldName, ...] = ("title", "summary", "body")
ABOUT_FIELDS: tuple[FieldName, ...] = ("title", "summary")


class Sight(NamedTuple):
    """The fields that are looked at: `wanted` by what must be there, `refused` by what must not."""

    wanted: tuple[FieldName, ...]
    refused: tuple[FieldName, ...]

    def within(self, field: FieldName) -> "Sight":
        """Narrow to one field."""
        seen = field not in TEXT_FIELDS or field in self.wanted
        return Sight((field,) if seen else (), (field,))


def fields(node: Node, allowed: frozenset[FieldName] = frozenset(TEXT_FIELDS)) -> frozenset[FieldName]:
    """Tell in which of the `allowed` fields a node can be found; a term without a field looks at the text's three."""
    match node:
        case Phrase():
            return allowed & set(TEXT_FIELDS) if len(allowed) > 1 else allowed
        case Alias():
            return fields(node.node, allowed)
        case Within():
            return fields(node.node, allowed & {node.field}) if node.field in allowed else frozenset()
        case Near():
            return fields(node.left, allowed) & fields(node.right, allowed)
        case Or():
            return _all_or_none([fields(part, allowed) for part in node.alternatives])
        case And():
            return _all_or_none([fields(part, allowed) for part in node.parts])


def _all_or_none(found: list[frozenset[FieldName]]) -> frozenset[FieldName]:
    return frozenset().union(*found) if all(found) else frozenset()


def has_and(node: Node) -> bool:
    """Tell whether AND or NOT stands in a tree, which has no one place in the text then."""
    match node:
        case And():
            return True
        case Alias() | Within():
            return has_and(node.node)
        case Or():
            return any(has_and(part) for part in node.alternatives)
        case _:
            return False
