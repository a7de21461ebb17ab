"""Where sentences end. An abbreviation ends none, nor does the initial of a name."""

import re
from collections.abc import Iterator

from bot.text.stopwords import STOP_WORDS

# A stop, what may close behind it, space, what may open, and a letter that is not small, or a digit; or a new line.
_END = re.compile(
    r"(?P<stop>[.!?…])[\"'”’»)\]]{0,3}\s+(?=[\"'“‘«(\[]{0,3}(?P<next>[^\W_]+))"
    r"|(?P<other>[。！？؟।\n])",
)
_BEFORE = re.compile(r"[\w.’']{1,20}\Z")
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st sen rep gov gen lt col maj capt cmdr adm sgt cpl pvt hon rev jr sr messrs supt insp inc ltd
    corp bros vs dept ave blvd mt ft pres amb sec brig fr eg ie cf approx тов им ул тыс млн млрд проф акад напр обл руб
    """.split(),  # noqa: SIM905
)
_BEFORE_NUMBERS = frozenset("no nos art fig vol jan feb mar apr jun jul aug sep sept oct nov dec ст гл рис стр".split())  # noqa: SIM905


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the offsets behind the stops with which sentences end, in order."""
    for found in _END.finditer(text):
        if found["other"] or _is_end(text, found):
            yield found.end() if found["other"] else found.end("stop")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where each sentence of a text goes, without the white space around it."""
    start = 0
    for end in (*sentence_ends(text), len(text)):
        said = text[start:end]
        if shown := said.strip():
            start += len(said) - len(said.lstrip())
            yield start, start + len(shown)
        start = end


def _is_end(text: str, found: re.Match[str]) -> bool:
    following = found["next"]
    if following[0].islower():
        return False
    if found["stop"] != ".":
        return True
    before = _BEFORE.search(text, max(0, found.start() - 20), found.start())
    word = before[0].casefold() if before else ""
    if "." in word:  # U.S. The army; but U.S. Army
        return following.casefold() in STOP_WORDS
    if len(word) == 1 and word.isalpha():
        return False
    if word in _BEFORE_NUMBERS:
        return not following[0].isdecimal()
    return word not in _ABBREVIATIONS
