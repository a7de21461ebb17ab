"""Reads a regular expression before it is trusted with links: it compiles, has one group, and cannot hang.

Python's `re` backtracks. A repeat inside a repeat can need time exponential in the length of a link; two that can share
out the same letters between them need its third power, seconds for 500 characters. Both are refused by the shape of the
parse tree, and so are some that would end: a link comes from a publisher, and is tried in the main process.
"""

import re
import warnings
from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined]  # the tree has no public door; the same from 3.11 to 3.14
from re import _parser  # type: ignore[attr-defined]  # as above
from typing import Any

from bot.settings.findings import Wrong, quoted

LONGEST = 200
MANY = 10
"""A repeat that may run more often than this counts as endless."""

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_LETTERS = frozenset(map(chr, range(0x21, 0x7F)))
"""What links are made of (RFC 3986)."""


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
    if _nests(tree, inside=False):
        raise Wrong("a repeat or a choice inside a repeat, as in (a+)+ or (a|b)*, can run for ever")
    if _shares(tree):
        raise Wrong("two repeats that can take each other's letters, as in .*-.*, run too long; say what each takes")
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


def _nests(tree: Any, *, inside: bool) -> bool:  # noqa: ANN401  # nodes of the tree have no common type
    """Find an endless repeat, or a choice, inside an endless repeat."""
    for kind, argument in tree:
        endless = kind in _REPEATS and argument[1] > MANY
        if inside and (endless or kind is op.BRANCH):
            return True
        if any(_nests(child, inside=inside or endless) for child in _children(argument)):
            return True
    return False


def _shares(tree: Any) -> bool:  # noqa: ANN401  # as above
    """Find two endless repeats that can take each other's letters, and those that must stand between them."""
    steps = list(_steps(tree))
    for first, (endless, _, letters) in enumerate(steps):
        if not endless:
            continue
        between: list[frozenset[str]] = []
        for also_endless, needed, others in steps[first + 1 :]:
            shared = letters & others
            if also_endless and shared and all(shared & each for each in between):
                return True
            if needed:
                between.append(others)
    return False


def _steps(tree: Any) -> Iterator[tuple[bool, bool, frozenset[str]]]:  # noqa: ANN401  # as above
    """Give what is passed from left to right: is it an endless repeat, must it be there, what letters does it take."""
    for kind, argument in tree:
        below = [step for child in _children(argument) for step in _steps(child)]
        if kind in _REPEATS and argument[1] > MANY:
            yield True, argument[0] > 0, frozenset[str]().union(*(letters for *_, letters in below))
        elif kind is op.BRANCH or (kind in _REPEATS and argument[0] == 0):
            yield from ((endless, False, letters) for endless, _, letters in below)
        elif below:
            yield from below
        elif kind is not op.AT:
            yield False, True, _letters(kind, argument)


def _letters(kind: Any, argument: Any) -> frozenset[str]:  # noqa: ANN401  # as above
    """Give the letters that a node may stand for; all of them where it is not known."""
    if kind is op.LITERAL:
        return frozenset({chr(argument).lower(), chr(argument).upper()})
    if kind is op.NOT_LITERAL:
        return _LETTERS - {chr(argument)}
    if kind is op.RANGE:
        return frozenset(letter for letter in _LETTERS if argument[0] <= ord(letter) <= argument[1])
    if kind is op.CATEGORY and argument in _CATEGORIES:
        return frozenset(letter for letter in _LETTERS if re.match(_CATEGORIES[argument], letter))
    if kind is op.IN:
        negated = argument[0][0] is op.NEGATE
        named = frozenset[str]().union(*(_letters(*each) for each in argument[negated:]))
        return _LETTERS - named if negated else named
    return _LETTERS


_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
}


def _children(argument: Any) -> list[Any]:  # noqa: ANN401  # as above
    """Give the subtrees that an operator's argument holds, however deep it packs them."""
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, list | tuple):
        return [child for part in argument for child in _children(part)]
    return []
