"""The user's page of the watch language shows what holds."""

import re
from pathlib import Path

import pytest

from bot.errors import QueryError
from bot.model import Item
from bot.watches.match.evaluate import evaluate
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases

PAGE = Path(__file__).parents[3] / "docs" / "watch-language.md"


def table(heading: str) -> list[list[str]]:
    """Read the first table under a heading: its rows, cell by cell, code marks taken off."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def meets(query: str, title: str) -> bool:
    """Return whether a query meets a title."""
    item = Item(keys=("k",), feed="f", source="s", title=title)
    return evaluate(parse(query, builtin_aliases()).node, TokenizedItem(item)) is not None


@pytest.mark.parametrize(("query", "found", "passed_over"), table("By example"))
def test_example(query: str, found: str, passed_over: str) -> None:
    """Each example finds what it says and passes over the other."""
    assert meets(query, found)
    assert not meets(query, passed_over)


@pytest.mark.parametrize(("typed", "proposed"), table("Mistakes"))
def test_mistake_is_answered_as_shown(typed: str, proposed: str) -> None:
    """Each mistake is answered with the proposal that is shown."""
    with pytest.raises(QueryError) as caught:
        parse(typed, builtin_aliases())
    assert caught.value.suggestion == proposed


def test_every_query_in_the_text_parses() -> None:
    """What the page shows as a query outside of the mistakes can be read."""
    text = PAGE.read_text(encoding="utf-8").split("## Mistakes")[0].split("## Words\n")[1]
    prose = text.split("## Operators")[0] + text.split("## Aliases")[1].split("```toml")[0]
    queries = [query for query in re.findall(r"`([^`\n]+)`", prose) if not re.search(r"newsvane|\.toml|/watch", query)]
    assert len(queries) > 12
    for query in queries:
        parse(query, builtin_aliases())
