"""A full stop ends a sentence; that of an abbreviation or an initial does not."""

from pathlib import Path

import pytest

from bot.text.sentences import sentence_ends, sentences

ROWS = [line.split("\t") for line in (Path(__file__).parent / "sentences.tsv").read_text("utf-8").splitlines()[1:]]


def marked(plain: str) -> str:
    """A text with a bar where a sentence ends, but for its own end."""
    parts = [plain[start:end] for start, end in sentences(plain)]
    at, found = 0, []
    for part in parts:
        begin = plain.index(part, at)
        found.append(plain[at:begin] + part)
        at = begin + len(part)
    return "|".join(found) + plain[at:]


@pytest.mark.parametrize(("missed", "text"), [row[1:] for row in ROWS], ids=[row[2][:40] for row in ROWS])
def test_a_text_falls_into_its_sentences(missed, text):
    """Of those that are known to be missed each still is, so that the table stays true."""
    assert (marked(text.replace("|", "")) == text) == (not missed)


@pytest.mark.parametrize(
    "text", ["First line|\nsecond line", "戦争が終わった。|平和", "В 2026 г.| Он уехал", "3.5 million. dollars"]
)
def test_lines_and_other_stops_end_sentences_too(text):
    assert marked(text.replace("|", "")) == text


def test_what_closes_belongs_to_its_sentence_and_space_to_none():
    text = "  “It is over.”  (It was late.)\n\nHe left.  "
    assert [text[start:end] for start, end in sentences(text)] == ["“It is over.”", "(It was late.)", "He left."]


def test_a_text_without_end_takes_no_time_without_end():
    assert list(sentence_ends("a." * 200_000)) == []
    assert len(list(sentence_ends("A b. " * 50_000))) == 0
    assert len(list(sentence_ends("It is so. " * 50_000))) == 49_999
