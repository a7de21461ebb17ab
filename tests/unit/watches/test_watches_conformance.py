"""The watch language means what conformance.tsv says, row by row, with an index and without."""

from pathlib import Path

import pytest

from bot.model import Hit, Item, Watch
from bot.watches.match.evaluate import evaluate
from bot.watches.match.index import Index
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse

ALIASES = {"aircraft": 'aircraft, plane, warplane, jet, "fighter jet", F-16', "city": "Idlib, Hama"}
FIELDS = {"source": "source", "author": "author", "lang": "lang", "url": "link"}


def rows() -> list[tuple[str, str, str]]:
    """Read the table."""
    text = (Path(__file__).parent / "conformance.tsv").read_text(encoding="utf-8")
    table = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(subject, spelled(query), spelled(item)) for subject, query, item in table]


def spelled(text: str) -> str:
    """Put the characters that the table escapes."""
    return "".join(
        chr(int(part[:4], 16)) + part[4:] if number else part
        for number, part in enumerate(text.replace("\\n", "\n").split("\\u"))
    )


def unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without its marks, and the places that they stood around."""
    text, places = "", []
    for number, part in enumerate(marked.replace("⟧", "⟦").split("⟦")):
        if number % 2:
            places.append((len(text), len(text) + len(part)))
        text += part
    return text, places


def item_of(described: str) -> tuple[Item, set[tuple[str, int, int]]]:
    """Make the item of a row, and the hits that are marked in it."""
    values: dict[str, str] = {"source": "Test"}
    expected: set[tuple[str, int, int]] = set()
    unnamed = iter(("title", "summary", "body"))
    for part in described.split("||"):
        name, equals, rest = part.strip().partition("=")
        field = name if equals and name in FIELDS else next(unnamed)
        text, places = unmarked(rest if equals and name in FIELDS else part.strip())
        values[FIELDS.get(field, field)] = text
        expected |= {(field, start, end) for start, end in places}
    return Item(keys=("k",), feed="f", **values), expected


def found(hits: tuple[Hit, ...]) -> set[tuple[str, int, int]]:
    """Return the places of hits."""
    return {(hit.field, hit.start, hit.end) for hit in hits}


@pytest.mark.parametrize(("subject", "query", "described"), rows())
def test_conforms(subject: str, query: str, described: str) -> None:
    """A watch hits the places that are marked in its row, and no others."""
    item, expected = item_of(described)
    result = evaluate(parse(query, ALIASES).node, TokenizedItem(item))
    assert found(result[1] if result else ()) == expected, subject
    index = Index()
    index.add(Watch(name="w", title="W", query=query), ALIASES)
    matches = index.match(item)
    assert [(match.tier, match.hits) for match in matches] == ([result] if result else [])


def test_table_is_long_enough() -> None:
    """The table has at least 200 rows, and some of every subject hit and others do not."""
    table = rows()
    assert len(table) >= 200
    hit = {subject for subject, _, described in table if "⟦" in described}
    missed = {subject for subject, _, described in table if "⟦" not in described}
    assert hit == {subject for subject, _, _ in table}
    assert {"word", "words", "gap", "or", "and", "not", "near", "field", "designation", "lemma"} <= missed
