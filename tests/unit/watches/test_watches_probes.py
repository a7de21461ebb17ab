"""What a careful reader wants found, and what not: probes.tsv, row by row."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from bot.errors import QueryError
from bot.model import Item
from bot.watches.match.evaluate import evaluate
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases

TABLE = Path(__file__).parent / "probes.tsv"


class Probe(NamedTuple):
    """One row: a query, a text, whether the query is to find it, and what the row is about."""

    query: str
    text: str
    found: str
    subject: str


def probes() -> list[Probe]:
    """Read the table."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [Probe(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def outcome(probe: Probe) -> str:
    """Return "yes" or "no", or what is wrong with the query."""
    title, _, summary = probe.text.replace("\\n", "\n").partition(" || ")
    item = Item(keys=("k",), feed="f", source="s", title=title, summary=summary)
    try:
        query = parse(probe.query, builtin_aliases())
    except QueryError as error:
        return error.message
    return "yes" if evaluate(query.node, TokenizedItem(item)) else "no"


def test_each_probe_comes_out_as_a_careful_reader_wants_it() -> None:
    """All rows that come out otherwise are told at once."""
    wrong = [f"{probe} -> {came}" for probe in probes() if (came := outcome(probe)) != probe.found]
    assert not wrong, "\n".join(wrong)


def test_the_table_asks_enough_of_each_subject() -> None:
    """No row twice, fifteen of each subject and more, and a third of all must not be found."""
    table = probes()
    assert len({(probe.query, probe.text) for probe in table}) == len(table) >= 450
    assert {probe.found for probe in table} == {"yes", "no"}
    assert 3 * sum(probe.found == "no" for probe in table) >= len(table)
    assert min(Counter(probe.subject for probe in table).values()) >= 15
