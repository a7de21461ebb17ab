"""Where sentences end. An abbreviation or an initial ends none, unless a word follows that hardly begins a name."""

import re
from collections.abc import Iterator

from bot.text.stopwords import STOP_WORDS

# A stop, what may close behind it, space, what may open, and a letter that is not small, or a digit; or a new line.
_END = re.compile(
    r"(?P<stop>[.!?…])[\"'”’»)\]]{0,3}(?P<end>)\s+(?=(?:[•·*–—-]\s{1,3})?[\"'“‘«(\[]{0,3}(?P<next>[^\W_]+))"
    r"|(?P<other>[。！？؟।\n])",
)
_BEFORE = re.compile(r"[\w.’']{1,20}\Z")
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st sen rep gov gen lt col maj capt cmdr adm sgt cpl pvt hon rev jr sr messrs supt insp inc ltd
    corp bros vs dept ave blvd mt ft pres amb sec brig fr eg ie cf approx тов им ул тыс млн млрд проф акад напр обл руб
    гг вв дж долл просп пер пос дер зам ок ген полк кв пл респ
    """.split(),  # noqa: SIM905
)
_BEFORE_NUMBERS = frozenset(
    """
    no nos art fig vol jan feb mar apr jun jul aug sep sept oct nov dec ст гл рис стр табл янв фев февр апр авг сент окт
    нояб дек пл
    """.split(),  # noqa: SIM905
)
_NEVER_LAST = frozenset({"e.g", "i.e", "т.е"})
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.){1,7}[^\W\d_]")  # U.S, Ph.D, p.m; not lenta.ru, 2.0
# The number of an item in a list: it stands at the beginning of a sentence.
_ITEM = re.compile(r"(?:\A|[!?…:;\n]|(?P<last>[^\W\d_]{3,12})\.)\s{0,3}\d{1,2}\Z")
_BEGINNINGS = STOP_WORDS | frozenset(
    """
    after also although among another because before both during each earlier even few here however later many
    meanwhile more most neither no nobody none now once other others several since some still such then these those
    though under until while yet после потом затем однако также тем там здесь теперь сейчас когда если хотя все всё
    никто этот эта эти тогда кроме между среди позже ранее
    """.split(),  # noqa: SIM905
)
"""Words that begin a sentence if they have a capital: hardly one of them begins a name."""


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the offsets behind the stops with which sentences end, and behind what closes there, in order."""
    for found in _END.finditer(text):
        if found["other"] or _is_end(text, found):
            yield found.end() if found["other"] else found.end("end")


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
    return found["stop"] != "." or _ends_word(text, found.start(), following)


def _ends_word(text: str, stop: int, following: str) -> bool:
    """Return whether a full stop ends more than the word before it. What follows has a capital, or is a number."""
    before = _BEFORE.search(text, max(0, stop - 20), stop)
    word = before[0].casefold() if before else ""
    begins = following.casefold() in _BEGINNINGS
    if _DOTTED.fullmatch(word):  # U.S. The army; but U.S. Army
        return begins and word not in _NEVER_LAST
    if len(word) == 1 and word.isalpha():  # plan B. Then; but J. Smith, and А. И. Герцен
        return begins and len(following) > 1
    if word in _BEFORE_NUMBERS:
        return not following[0].isdecimal()
    if word.isdecimal() and (item := _ITEM.search(text, max(0, stop - 18), stop)):
        return (item["last"] or "").casefold() in _BEFORE_NUMBERS
    return begins or word not in _ABBREVIATIONS
