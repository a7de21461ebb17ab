"""A full stop ends a sentence; that of an abbreviation or an initial does not."""

import pytest

from bot.text.sentences import sentence_ends


@pytest.mark.parametrize(
    "text",
    [
        "Rockets fell on Idlib.| Turkish jets flew.",
        "Gen. Milley of the U.S. Army met Mr. Putin.| They talked",
        "He went to the U.S.| The army stayed",
        "J. Smith of No. 5 said no.| Then he left",
        "“Go!” she said?| Yes",
        "В г. Москва было тихо.| Он уехал",
        "В 2026 г. Он уехал",
        "First line\n|second line",
        "Is it over?| Nobody knows …| Perhaps",
        "The price is 3.5 million. dollars",
        "plan B. Then",
        "He left (at last.)| Nobody cried",
        "戦争が終わった。|平和",
    ],
)
def test_a_text_falls_into_its_sentences(text):
    plain = text.replace("|", "")
    ends = [*sentence_ends(plain), len(plain)]
    found = [plain[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    joined = "|".join(part for part in found if part)
    assert _loosely(joined) == _loosely(text)


def _loosely(text):
    """What closes behind a stop may stand on either side of the end."""
    for sign in "”)":
        text = text.replace(f"|{sign}", f"{sign}|")
    return text


def test_a_text_without_end_takes_no_time_without_end():
    assert list(sentence_ends("a." * 200_000)) == []
    assert len(list(sentence_ends("A b. " * 50_000))) == 0
    assert len(list(sentence_ends("It is so. " * 50_000))) == 49_999
