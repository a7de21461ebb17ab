"""Reads a regular expression before it is trusted with links: it compiles, has one group, and cannot hang.

Python's `re` backtracks, so a repeat inside a repeat can need time exponential in the length of a link. Such ones are
refused by the shape of their parse tree; a shape that merely might hang is refused too.
"""

import re
import warnings
from re import _constants, _parser  # type: ignore[attr-defined]  # the tree has no public door; the same from 3.11 to 3.14
from typing import Any

from bot.settings.findings import Wrong, quoted

LONGEST = 200
MANY = 10
"""A repeat that may run more often than this counts as endless."""

_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


def identity(text: str) -> str:
    """Check the expression that names an article by its link: one group, and no way to hang. Empty for none."""
    if not text:
        return text
    tree = _read(text)
    groups = tree.state.groups - 1
    if not groups:
        message = "put round brackets about what names the article: the first group is taken"
        raise Wrong(message, suggestion=_with_group(text))
    if groups > 1:
        raise Wrong(f"one group names the article, here are {groups}; write the others (?:…)")
    if _hangs(tree, inside=False):
        raise Wrong("a repeat or a choice inside a repeat, as in (a+)+ or (a|b)*, can run for ever")
    if tree.state.groupwidths[1][0] == 0:
        raise Wrong("this group may be empty, and then all articles would be one; write + rather than *")
    return text


def _read(text: str) -> Any:  # noqa: ANN401  # the tree has no public type
    """Give the tree of an expression that compiles."""
    if len(text) > LONGEST:
        raise Wrong(f"a regular expression here has at most {LONGEST} characters", span=(LONGEST, len(text)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text)
            return _parser.parse(text)
        except re.error as error:
            start = min(error.pos or 0, len(text) - 1)
            raise Wrong(f"this regular expression cannot be read: {error.msg}", span=(start, start + 1)) from error
        except (Warning, OverflowError, RecursionError) as error:
            raise Wrong(f"this regular expression cannot be read: {error}") from error


def _with_group(text: str) -> str:
    """Put the first run of digits into a group, the usual wish."""
    digits = r"(\\d|\[0-9\])(\+|\{\d+,?\d*\})?"
    return quoted(re.sub(digits, r"(\g<0>)", text, count=1)) if "(" not in text and re.search(digits, text) else ""


def _hangs(tree: Any, *, inside: bool) -> bool:  # noqa: ANN401  # nodes of the tree have no common type
    """Find an endless repeat, or alternatives, inside an endless repeat."""
    for operator, argument in tree:
        endless = operator in _REPEATS and argument[1] > MANY
        if inside and (endless or operator is _constants.BRANCH):
            return True
        if any(_hangs(child, inside=inside or endless) for child in _children(argument)):
            return True
    return False


def _children(argument: Any) -> list[Any]:  # noqa: ANN401  # as above
    """Give the subtrees that an operator's argument holds, however deep it packs them."""
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, list | tuple):
        return [child for part in argument for child in _children(part)]
    return []
